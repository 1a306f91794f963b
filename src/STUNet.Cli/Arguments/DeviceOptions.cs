using System.CommandLine;
using System.Runtime.CompilerServices;
using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Cli;

/// <summary>Where the network runs: <c>--device</c> and <c>--threads</c>.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string> _device = ParsedOption.OneOf("--device", "Where the network runs.", "cpu", "cpu", "opencl", "cuda");
    private readonly Option<int> _threads = ParsedOption.Number(
        "--threads", "CPU threads, 0 for one per processor. Never changes a result.", fallback: 0, least: 0);

    public void AddTo(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_threads);
    }

    /// <summary>Opens the device that was asked for.</summary>
    /// <exception cref="InsufficientResourcesException">There is no such device.</exception>
    public Device Open(ParseResult arguments)
    {
        string name = arguments.GetRequiredValue(_device).ToLowerInvariant();
        return name == "cpu" ? new CpuDevice(arguments.GetRequiredValue(_threads)) : OpenGpu(name);
    }

    // In a method of its own: a run on the CPU never loads ILGPU.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GpuDevice OpenGpu(string api) => GpuDevice.Open(api);
}
