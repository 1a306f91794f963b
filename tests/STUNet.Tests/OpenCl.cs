using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Tests;

/// <summary>
/// One OpenCL device for all tests of the process: its kernels are compiled once. Where there is none, the running test is skipped.
/// </summary>
internal static class OpenCl
{
    private static readonly Lazy<(GpuDevice? Device, string Absent)> Opened = new(() => TryOpen(GpuDevice.OpenCL));

    private static readonly Lazy<(GpuDevice? Device, string Absent)> OpenedAsGpu = new(() =>
    {
        (GpuDevice? device, string absent) = TryOpen(GpuDevice.OpenCL);
        device?.ActAsGpu();
        return (device, absent);
    });

    /// <summary>The device.</summary>
    public static GpuDevice Device => Require(Opened.Value);

    /// <summary>The same, opened once more, with the kernels that a GPU would take: float32 by tiles.</summary>
    public static GpuDevice AsGpu => Require(OpenedAsGpu.Value);

    /// <summary>A device of an API, or the sentence why there is none.</summary>
    public static (GpuDevice? Device, string Absent) TryOpen(string api)
    {
        try
        {
            return (GpuDevice.Open(api), "");
        }
        catch (InvalidRequestException absent)
        {
            return (null, absent.Message);
        }
    }

    private static GpuDevice Require((GpuDevice? Device, string Absent) opened)
    {
        Assert.SkipWhen(opened.Device is null, opened.Absent);
        return opened.Device!;
    }
}
