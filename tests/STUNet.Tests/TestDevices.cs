using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Tests;

/// <summary>The devices that golden data is compared on. Each is opened once per process: threads and compiled kernels are kept.</summary>
internal static class TestDevices
{
    /// <summary>Name of the CPU.</summary>
    public const string Cpu = "cpu";

    private static readonly Lazy<CpuDevice> OpenedCpu = new(() => new CpuDevice());

    /// <summary>Every row with every device's name behind it.</summary>
    public static IEnumerable<ITheoryDataRow> Times(IEnumerable<ITheoryDataRow> rows) =>
        from row in rows
        from device in (string[])[Cpu, GpuDevice.OpenCL]
        select (ITheoryDataRow)new TheoryDataRow([.. row.GetData(), device]) { Skip = row.Skip };

    /// <summary>A device by its name; the running test is skipped where it is absent. Not to be disposed.</summary>
    public static Device Open(string name) => name == Cpu ? OpenedCpu.Value : OpenCl.Device;
}
