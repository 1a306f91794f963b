using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Benchmarks.Gpu;

/// <summary>
/// What the device reaches at best with our own kernels: a large matrix product (a 1x1x1 convolution of as many input as output channels) by every kernel of every element type, and an
/// addition of large tensors for its memory.
/// </summary>
internal sealed class PeakPart : IPart
{
    public string Name => "peak";

    public string Proves => "the matmul peak by element type and the memory's speed, which percentages refer to";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        using GpuDevice device = options.Open();
        int channels = options.IsQuick ? 64 : 4096;
        Int3 voxels = options.IsQuick ? new Int3(4, 4, 8) : new Int3(16, 32, 32);
        OpCase product = Conv3dCases.Case(1, channels, channels, voxels, Int3.One, Int3.One);
        foreach (Precision precision in (Precision[])[Precision.F16, Precision.BF16, Precision.TF32])
        {
            OpCase rounded = TensorConvolution.Of(product, precision).Case;
            foreach (IKernel kernel in KernelHarness.KernelsFor(device, rounded).Where(kernel => kernel.UsesTensorCores).Take(options.IsQuick ? 1 : int.MaxValue))
                Measure(device, options, results, precision.Name(), kernel, rounded, cancellation);
        }

        // Tiles where the device takes them, else the plain kernel.
        IKernel[] exact = [.. KernelHarness.KernelsFor(device, product).Where(kernel => kernel.IsExact)];
        foreach (IKernel kernel in exact.Where(kernel => kernel.TileFamily.Length > 0).DefaultIfEmpty(exact[0]).Take(options.IsQuick ? 1 : int.MaxValue))
            Measure(device, options, results, "f32", kernel, product, cancellation);
        TensorDesc large = new(new Shape(1, 64, options.IsQuick ? new Int3(4, 8, 8) : new Int3(64, 128, 128)));
        OpCase sum = new(new AddOp(), [large, large]);
        Measure(device, options, results, "memory", KernelHarness.KernelsFor(device, sum).First(), sum, cancellation);
        return 0;
    }

    private static void Measure(
        GpuDevice device, PartOptions options, ResultFile results, string name, IKernel kernel, OpCase @case, CancellationToken cancellation)
    {
        using KernelHarness harness = new(device, kernel, @case);
        RunTimes times = EventClock.Measure(device, harness.Enqueue, options.Budget / 10, cancellation);
        WorkEstimate work = @case.Op.Estimate([.. @case.Inputs], @case.Op.InferOutput([.. @case.Inputs]));
        JsonObject line = times.AddTo(new JsonObject { ["arithmetic"] = name, ["kernel"] = kernel.Name, ["problem"] = @case.Name }, work);
        Console.WriteLine($"{name,-7} {times.Median,9:F3} ms {(double)line["tflops"]!,8:F2} TFLOP/s {(double)line["gbs"]!,8:F1} GB/s  {kernel.Name}");
        results.Add(line);
    }
}
