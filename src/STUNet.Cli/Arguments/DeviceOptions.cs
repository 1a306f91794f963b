using System.CommandLine;
using System.Runtime.CompilerServices;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Kernels;

namespace STUNet.Cli;

/// <summary>Where the network runs: <c>--device</c> and <c>--threads</c>.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<DeviceChoice?> _device = ParsedOption.Of<DeviceChoice>(
        "--device",
        "auto|cpu|cuda[:N]|opencl[:N]",
        "Where the network runs: the processor (default), a GPU by its API and index as stunet doctor lists them, or auto: the best GPU, else the processor.",
        DeviceChoice.TryParse,
        "auto, cpu, cuda, opencl, or one of several devices such as cuda:1");

    private readonly Option<int> _threads = ParsedOption.Number(
        "--threads", "CPU threads, 0 for one per processor. Never changes a result.", fallback: 0, least: 0);

    /// <summary>The option of commands that may choose tiles by the clock.</summary>
    public static Option<bool> TuneOption() => new("--tune")
    {
        Description = "On a GPU, choose the tiles of convolutions by the clock, and keep them for later runs in the file that STUNET_TILE_CACHE names, else stunet/tiles.json among the user's caches. Changes no result.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_threads);
    }

    /// <summary>Whether the processor was asked for.</summary>
    public bool IsCpu(ParseResult arguments) => Choice(arguments).Kind == DeviceChoice.Cpu;

    /// <summary>A device to plan for, which need not be there.</summary>
    public Device OpenForPlanning(ParseResult arguments) => IsCpu(arguments) ? OpenCpu(arguments) : OpenPlanned();

    /// <summary>Compiles the GPU kernels of a plan; gives the number of kernel bodies.</summary>
    public int Compile(PlanReport report, CancellationToken cancellation) => GpuPlanningDevice.Compile([.. report.Steps.Select(step => step.Kernel).Distinct()], cancellation);

    /// <summary>Opens the device that was asked for; only <c>auto</c> ever gives another one, and tells <c>--verbose</c> why.</summary>
    /// <exception cref="InsufficientResourcesException">There is no such device, or it cannot be used.</exception>
    /// <exception cref="InvalidRequestException">Tiles are to be measured on the processor, which has none.</exception>
    /// <param name="arguments">The command line.</param>
    /// <param name="console">Told what is not as asked.</param>
    /// <param name="measuresTiles">Whether tiles that are not in the cache are chosen by the clock and kept there; otherwise by prediction.</param>
    public Device Open(ParseResult arguments, CommandConsole console, bool measuresTiles = false)
    {
        DeviceChoice choice = Choice(arguments);
        if (choice.Kind == DeviceChoice.Cpu)
            return measuresTiles ? throw new InvalidRequestException("--tune measures on a GPU; add --device cuda, or leave it out.") : OpenCpu(arguments);
        if (choice.Kind != DeviceChoice.Automatic)
            return OpenGpu(choice.Kind, choice.Index, console, measuresTiles);
        Device device = OpenBestGpu(console, measuresTiles) ?? OpenCpu(arguments);
        console.Detail($"--device auto: uses {device.Caps.Name}");
        return device;
    }

    private DeviceChoice Choice(ParseResult arguments) => arguments.GetValue(_device) ?? new DeviceChoice(DeviceChoice.Cpu, null);

    private CpuDevice OpenCpu(ParseResult arguments) => new(arguments.GetRequiredValue(_threads));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GpuPlanningDevice OpenPlanned() => new();

    // In methods of their own: a run on the CPU never loads ILGPU.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GpuDevice OpenGpu(string api, int? index, CommandConsole console, bool measuresTiles) => WithCaches(GpuDevice.Open(api, index), console, measuresTiles);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Device? OpenBestGpu(CommandConsole console, bool measuresTiles) =>
        GpuDevice.OpenBest(reason => console.Detail($"--device auto: {reason}")) is { } device ? WithCaches(device, console, measuresTiles) : null;

    private static GpuDevice WithCaches(GpuDevice device, CommandConsole console, bool measuresTiles)
    {
        device.Tuning = new GpuTileTuning(new GpuTileCache(GpuTileCache.DefaultPath, console.Warn), measuresTiles);
        device.KernelCache = new GpuKernelCache(GpuKernelCache.DefaultFolder, console.Warn);
        ProgressLine line = new(console);
        device.Binding = new ProgressReport<BindingProgress>(progress =>
        {
            console.Cancellation.ThrowIfCancellationRequested();
            line.Report("preparing GPU kernels", progress.Done, progress.Total);
        });
        return device;
    }
}
