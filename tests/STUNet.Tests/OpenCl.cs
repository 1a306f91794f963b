using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Tests;

/// <summary>
/// One OpenCL device for all tests of the process: its kernels are compiled once. Where there is none, the running test is skipped.
/// </summary>
internal static class OpenCl
{
    private static readonly Lazy<(GpuDevice? Device, string Absent)> Opened = new(() => TryOpen(GpuDevice.OpenCL));

    /// <summary>The device.</summary>
    public static GpuDevice Device
    {
        get
        {
            Assert.SkipWhen(Opened.Value.Device is null, Opened.Value.Absent);
            return Opened.Value.Device!;
        }
    }

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
}
