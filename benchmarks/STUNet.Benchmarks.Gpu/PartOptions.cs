using System.Diagnostics;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.Model;

namespace STUNet.Benchmarks.Gpu;

/// <summary>What a part is run on.</summary>
/// <param name="Api">cuda or opencl.</param>
/// <param name="Size">The network.</param>
/// <param name="IsQuick">Sizes at which a processor needs seconds: shows that everything works, measures nothing.</param>
/// <param name="IsTiny">The smallest op cases alone, for checkers that slow everything down.</param>
/// <param name="Numbers">The kinds of numbers that patches and training steps are measured in, such as f16.</param>
/// <param name="Budget">Time for each thing that is measured; what would take longer is measured once.</param>
/// <param name="Json">Where result lines go; null for nowhere.</param>
internal sealed record PartOptions(string Api, StuNetSize Size, bool IsQuick, bool IsTiny, IReadOnlyList<string> Numbers, TimeSpan Budget, string? Json)
{
    private static readonly string[] EveryKind = ["f16", "bf16", "tf32", "f32"];

    /// <summary>Channels of the logits.</summary>
    public int Classes => IsQuick ? 4 : 105;

    /// <summary>The patch (z, y, x).</summary>
    public Int3 Patch => IsQuick ? new Int3(16, 16, 32) : new Int3(128, 128, 128);

    /// <summary>The architecture that is trained: a processor takes seconds for a step of a published one, whose convolutions it emulates.</summary>
    public StuNetConfig TrainingNetwork =>
        IsQuick ? new StuNetConfig(inputChannels: 1, Classes, dims: [8, 16, 16], depth: [1, 1, 1], strides: [new(2, 2, 2), new(2, 2, 2)]) : Network;

    /// <summary>The patch of a training step (z, y, x).</summary>
    public Int3 TrainingPatch => IsQuick ? new Int3(8, 8, 16) : Patch;

    // After this a part begins nothing new: what is left out is what takes longest. In a quick run most of it is the emulation's compiler.
    private TimeSpan Allowance => (IsQuick ? 180 : 6) * Budget;

    /// <summary>The architecture.</summary>
    public StuNetConfig Network => StuNetConfig.Of(Size, inputChannels: 1, Classes);

    /// <summary>Reads a command line.</summary>
    /// <exception cref="InvalidRequestException">An option is unknown or has a bad value.</exception>
    public static PartOptions Read(string[] args)
    {
        CommandOptions options = new(args, "--device", "--size", "--quick", "--tiny", "--numbers", "--seconds", "--json");
        bool isQuick = options.Has("--quick");
        return new PartOptions(
            options.Choices("--device", [GpuDevice.Cuda, GpuDevice.OpenCL], [GpuDevice.Cuda])[0],
            Enum.Parse<StuNetSize>(options.Choices("--size", Enum.GetNames<StuNetSize>(), ["S"])[0]),
            isQuick,
            options.Has("--tiny"),
            options.Choices("--numbers", EveryKind, EveryKind),
            TimeSpan.FromSeconds(options.Number("--seconds", isQuick ? 1 : 5, 1)),
            options.Text("--json"));
    }

    /// <summary>The kinds of numbers that a part has time for; a line for each that is left out.</summary>
    /// <param name="kinds">All, the most wanted first.</param>
    /// <param name="name">Their names.</param>
    /// <param name="cancellation">Stops between two.</param>
    public IEnumerable<T> WithinAllowance<T>(IEnumerable<T> kinds, Func<T, string> name, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (T kind in kinds)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(start) > Allowance)
                Console.WriteLine($"{name(kind)}: not measured, the part's time is up");
            else
                yield return kind;
        }
    }

    /// <summary>The kernels that plans take; all where null.</summary>
    public Func<IKernel, bool>? KernelFilter => IsQuick ? QuickTiles.Takes : null;

    /// <summary>Opens the device.</summary>
    /// <exception cref="InsufficientResourcesException">There is none that works.</exception>
    public GpuDevice Open() => GpuDevice.Open(Api);

    /// <summary>Opens the device for figures: tiles are chosen by the clock, and kept in <see cref="GpuTileCache.DefaultPath"/>, translated kernels in <see cref="GpuKernelCache.DefaultFolder"/>.</summary>
    /// <exception cref="InsufficientResourcesException">There is none that works.</exception>
    public GpuDevice OpenTuned()
    {
        GpuDevice device = Open();
        device.Tuning = new GpuTileTuning(new GpuTileCache(GpuTileCache.DefaultPath, Console.WriteLine), measures: true);
        device.KernelCache = new GpuKernelCache(GpuKernelCache.DefaultFolder, Console.WriteLine);
        return device;
    }
}
