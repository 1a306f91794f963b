using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Benchmarks.Gpu;

/// <summary>
/// The families of op cases: float32 by op, the same with activations of 16 bits, and by precision what tiles multiply. Another family is another line of <see cref="Of"/>.
/// </summary>
internal static class OpFamilies
{
    private const int QuickCases = 2;

    /// <summary>Every check of a run.</summary>
    public static IEnumerable<OpCheck> Of(GpuDevice device, PartOptions options) =>
    [
        .. Float32(device, options),
        .. Activations(device, options, DType.F16),
        .. Activations(device, options, DType.BF16),
        .. Head(device, options),
        .. Tensor(device, options, "conv3d", TensorConvolutionCases.All, [.. TensorConvolutionCases.Tiny, .. TensorConvolutionCases.TinyOfFamilies.Select(tiny => tiny.Case)]),
        .. Tensor(device, options, "data gradient", TensorDataGradientCases.All, TensorDataGradientCases.Tiny),
        .. Tensor(device, options, "weight gradient", TensorWeightGradientCases.All, TensorWeightGradientCases.Tiny),
    ];

    /// <summary>Cases for which the device has no kernel, with the reason.</summary>
    public static IEnumerable<string> Unsupported(GpuDevice device, PartOptions options) => CasesByOp(options).SelectMany(cases => cases)
        .Where(@case => !KernelHarness.KernelsFor(device, @case).Any(kernel => kernel.IsExact))
        .GroupBy(@case => @case.Op.Name)
        .Select(cases => $"{cases.Count()} case(s) of {cases.Key} that no exact float32 kernel supports, such as {cases.First().Name}");

    private static IEnumerable<IEnumerable<OpCase>> CasesByOp(PartOptions options) => OpCatalog.CaseClasses.Select(cases =>
    {
        IEnumerable<OpCase> tests = cases.Cases.Where(@case => !@case.IsBenchmark);
        return options.IsTiny ? tests.OrderBy(@case => @case.Inputs.Sum(input => input.Shape.Count)).Take(1) : options.IsQuick ? tests.Take(QuickCases) : tests;
    });

    private static IEnumerable<OpCheck> Float32(GpuDevice device, PartOptions options) =>
        from cases in CasesByOp(options)
        from @case in cases
        from kernel in KernelHarness.KernelsFor(device, @case)
        where kernel.IsExact
        select new OpCheck(@case.Op.Name, kernel, @case, @case, null);

    private static IEnumerable<OpCheck> Activations(GpuDevice device, PartOptions options, DType type) =>
        from cases in CasesByOp(options)
        from plain in cases
        where !options.IsQuick || type == DType.F16
        let rounded = ActivationCase.Of(plain, type)
        where rounded is not null
        from kernel in KernelHarness.KernelsFor(device, rounded.Case)
        where !kernel.UsesTensorCores
        select new OpCheck($"{plain.Op.Name}, {NameOf(type)}", kernel, rounded.Case, rounded.Exact, rounded.Check);

    // The first cases have too few channels for tensor cores, so a short run takes its own.
    private static IEnumerable<OpCheck> Head(GpuDevice device, PartOptions options) =>
        from type in options.IsQuick ? [DType.F16] : (DType[])[DType.F16, DType.BF16, DType.F32]
        let checks =
            from plain in new HeadAccumulateCases().Cases
            where !plain.IsBenchmark
            let rounded = ActivationCase.Of(plain, type)
            from kernel in KernelHarness.KernelsFor(device, rounded.Case)
            where kernel.UsesTensorCores
            select new OpCheck($"{plain.Op.Name} by tiles, {NameOf(type)}", kernel, rounded.Case, rounded.Exact, rounded.Check)
        from check in options.IsTiny || options.IsQuick ? checks.Take(QuickCases) : checks
        select check;

    private static IEnumerable<OpCheck> Tensor(GpuDevice device, PartOptions options, string what, IEnumerable<OpCase> all, IEnumerable<OpCase> tiny) =>
        from precision in options.IsQuick ? [Precision.F16] : (Precision[])[Precision.F16, Precision.BF16, Precision.TF32, Precision.F32]
        // Every kernel that is emulated takes a processor seconds to compile: the first case needs one, the second, which gathers, another.
        from plain in options.IsQuick ? tiny.Take(1) : options.IsTiny ? tiny : all
        let convolution = TensorConvolution.Of(plain, precision)
        from kernel in KernelHarness.KernelsFor(device, convolution.Case)
        where TensorConvolution.IsTile(kernel, precision) && (!options.IsQuick || QuickTiles.Takes(kernel))
        select new OpCheck($"{what} by tiles, {precision.Name()}", kernel, convolution.Case, convolution.Exact, convolution.Check);

    // Tensor cores read float32 as TF32.
    private static string NameOf(DType type) => type switch { DType.F16 => "f16", DType.BF16 => "bf16", _ => "tf32" };
}
