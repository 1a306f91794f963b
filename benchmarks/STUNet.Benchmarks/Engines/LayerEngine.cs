using STUNet.Core;
using STUNet.TestKit.Ops;

namespace STUNet.Benchmarks.Engines;

/// <summary>The kernel that a plan takes for one convolution: channels last in and out, as inside of a plan; two sources and upsampling are read where they lie.</summary>
internal sealed class LayerEngine : IEngine
{
    private CpuDevice? _device;
    private KernelHarness? _harness;
    private double _peak;

    public string Version => $"STUNet.Native, {_device!.Caps.Name}";

    public ReadOnlySpan<float> Output => _harness!.Read();

    public EngineReply Prepare(EngineJob job)
    {
        Dispose();
        OpCase layer = ConvLayers.Find(job);
        _device = new CpuDevice(job.Threads);
        IKernel kernel = KernelHarness.KernelsFor(_device, layer).First();
        _harness = new KernelHarness(_device, kernel, layer);
        return new EngineReply { Kernel = kernel.Name, Flops = layer.Op.Estimate([.. layer.Inputs], layer.Op.InferOutput([.. layer.Inputs])).Flops };
    }

    public void Run() => _harness!.Run();

    // The best over all layers so far: one measurement of a second may have been disturbed.
    public double? MeasurePeak() => _peak = Math.Max(_peak, FmaPeak.Measure(_device!).Wall);

    public void Dispose()
    {
        _harness?.Dispose();
        _device?.Dispose();
    }
}
