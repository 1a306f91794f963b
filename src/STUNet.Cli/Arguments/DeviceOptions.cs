using System.CommandLine;
using System.Runtime.CompilerServices;
using STUNet.Core;
using STUNet.Engine;
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

    /// <summary>Whether the processor was asked for.</summary>
    public bool IsCpu(ParseResult arguments) => Name(arguments) == "cpu";

    /// <summary>A device to plan for, which need not be there.</summary>
    public Device OpenForPlanning(ParseResult arguments) => IsCpu(arguments) ? new CpuDevice(arguments.GetRequiredValue(_threads)) : OpenPlanned();

    /// <summary>Compiles the GPU kernels of a plan; gives the number of kernel bodies.</summary>
    public int Compile(PlanReport report, CancellationToken cancellation) => GpuPlanningDevice.Compile([.. report.Steps.Select(step => step.Kernel).Distinct()], cancellation);

    /// <summary>Opens the device that was asked for.</summary>
    /// <exception cref="InsufficientResourcesException">There is no such device.</exception>
    public Device Open(ParseResult arguments)
    {
        string name = Name(arguments);
        return name == "cpu" ? new CpuDevice(arguments.GetRequiredValue(_threads)) : OpenGpu(name);
    }

    private string Name(ParseResult arguments) => arguments.GetRequiredValue(_device).ToLowerInvariant();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GpuPlanningDevice OpenPlanned() => new();

    // In a method of its own: a run on the CPU never loads ILGPU.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GpuDevice OpenGpu(string api) => GpuDevice.Open(api);
}
