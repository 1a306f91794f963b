using STUNet.Kernels;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Every distinct step of a size's patch by the device's events.</summary>
internal sealed class LayersPart : IPart
{
    public string Name => "layers";

    public string Proves => "time of every distinct layer, its kernel, TFLOP/s and GB/s";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        using GpuDevice device = options.OpenTuned();
        Arithmetic arithmetic = Arithmetic.All.First(arithmetic => arithmetic.Name == (options.IsQuick ? "f32" : "f16"));
        using WindowPlan window = new(device, options, arithmetic, isProfiled: true);
        Console.WriteLine($"{options.Size}, {arithmetic.Name}, by {window.Clock}");
        LayerTable.Add(results, options, arithmetic.Name, LayerTable.Time(window.Enqueue, () => window.Profile, window.Clock, options.Budget, cancellation));
        return 0;
    }
}
