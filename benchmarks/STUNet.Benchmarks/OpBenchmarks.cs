using BenchmarkDotNet.Attributes;
using STUNet.Core;
using STUNet.TestKit.Ops;

namespace STUNet.Benchmarks;

/// <summary>The benchmark cases of every op under BenchmarkDotNet: the preferred kernel of this machine's CPU, with allocations.</summary>
[MemoryDiagnoser]
public class OpBenchmarks
{
    private CpuDevice? _device;
    private KernelHarness? _harness;

    /// <summary>All benchmark cases but the convolutions, which the command <c>layers</c> reports against the multiply-add peak.</summary>
    public static IEnumerable<string> Problems =>
        OpCatalog.BenchmarkCases.Where(@case => @case.Op is not Kernels.Conv3dOp).Select(@case => @case.Name);

    /// <summary>The case to time.</summary>
    [ParamsSource(nameof(Problems))]
    public string Problem { get; set; } = "";

    /// <summary>Uploads the inputs and binds the kernel.</summary>
    [GlobalSetup]
    public void Bind()
    {
        OpCase @case = OpCatalog.BenchmarkCases.First(candidate => candidate.Name == Problem);
        _device = new CpuDevice();
        IKernel kernel = KernelHarness.KernelsFor(_device, @case).First();
        _harness = new KernelHarness(_device, kernel, @case);
        WorkEstimate work = @case.Op.Estimate([.. @case.Inputs], @case.Op.InferOutput([.. @case.Inputs]));
        Console.WriteLine($"// {Problem}: {kernel.Name}, {work.Bytes / 1e6:F1} MB, {work.Flops / 1e6:F1} MFLOP");
    }

    /// <summary>One run of the kernel.</summary>
    [Benchmark]
    public void Run() => _harness!.Run();

    /// <summary>Releases the memory.</summary>
    [GlobalCleanup]
    public void Release()
    {
        _harness?.Dispose();
        _device?.Dispose();
    }
}
