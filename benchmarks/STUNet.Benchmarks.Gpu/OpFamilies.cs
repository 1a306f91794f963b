using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The families of op cases: float32 by op, and convolutions of few bits by element type. Another family is another line of <see cref="Of"/>.</summary>
internal static class OpFamilies
{
    private const int QuickCases = 2;

    /// <summary>Every check of a run.</summary>
    public static IEnumerable<OpCheck> Of(GpuDevice device, PartOptions options) =>
    [
        .. Float32(device, options),
        .. Tensor(device, options, DType.F16, "conv3d on tensor cores, f16"),
        .. Tensor(device, options, DType.BF16, "conv3d on tensor cores, bf16"),
        .. Tensor(device, options, DType.F32, "conv3d on tensor cores, tf32"),
    ];

    /// <summary>Cases for which the device has no kernel, with the reason.</summary>
    public static IEnumerable<string> Unsupported(GpuDevice device, PartOptions options) => Cases(options)
        .Where(@case => !KernelHarness.KernelsFor(device, @case).Any(kernel => kernel.IsExact))
        .GroupBy(@case => @case.Op.Name)
        .Select(cases => $"{cases.Count()} case(s) of {cases.Key} that no exact float32 kernel supports, such as {cases.First().Name}");

    private static IEnumerable<OpCase> Cases(PartOptions options) => OpCatalog.CaseClasses.SelectMany(cases =>
    {
        IEnumerable<OpCase> tests = cases.Cases.Where(@case => !@case.IsBenchmark);
        return options.IsTiny ? tests.OrderBy(@case => @case.Inputs.Sum(input => input.Shape.Count)).Take(1) : options.IsQuick ? tests.Take(QuickCases) : tests;
    });

    private static IEnumerable<OpCheck> Float32(GpuDevice device, PartOptions options) =>
        from @case in Cases(options)
        from kernel in KernelHarness.KernelsFor(device, @case)
        where kernel.IsExact
        select new OpCheck(@case.Op.Name, kernel, @case, @case, null);

    // Emulated on a processor, every tile takes seconds to compile: there one does.
    private static IEnumerable<OpCheck> Tensor(GpuDevice device, PartOptions options, DType type, string family) =>
        from plain in options.IsTiny || options.IsQuick ? TensorConvolutionCases.Tiny : TensorConvolutionCases.All
        where !options.IsQuick || type == DType.F16
        let convolution = TensorConvolution.Of(plain, type)
        from kernel in KernelHarness.KernelsFor(device, convolution.Case)
        where kernel.UsesTensorCores && (!options.IsQuick || kernel.Name.EndsWith("64x64", StringComparison.Ordinal))
        select new OpCheck(family, kernel, convolution.Case, convolution.Exact, convolution);
}
