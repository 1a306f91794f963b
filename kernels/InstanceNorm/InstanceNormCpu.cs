using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class InstanceNormCpu
{
    public static IReadOnlyList<IKernel> StatisticsKernels { get; } =
    [
        new InstanceNormStatistics<Isa512, Vector512<float>>(),
        new InstanceNormStatistics<Isa256, Vector256<float>>(),
        new InstanceNormStatistics<Isa128, Vector128<float>>(),
        new InstanceNormStatisticsReference(),
    ];

    public static IReadOnlyList<IKernel> ApplyKernels { get; } =
    [
        new InstanceNormApply<Isa512, Vector512<float>>(),
        new InstanceNormApply<Isa256, Vector256<float>>(),
        new InstanceNormApply<Isa128, Vector128<float>>(),
        new InstanceNormApplyReference(),
    ];

    public static IReadOnlyList<IKernel> GradientSumsKernels { get; } =
    [
        new InstanceNormGradientSums<Isa512, Vector512<float>>(),
        new InstanceNormGradientSums<Isa256, Vector256<float>>(),
        new InstanceNormGradientSums<Isa128, Vector128<float>>(),
        new InstanceNormGradientSumsReference(),
    ];

    public static IReadOnlyList<IKernel> GradientKernels { get; } =
    [
        new InstanceNormGradient<Isa512, Vector512<float>>(),
        new InstanceNormGradient<Isa256, Vector256<float>>(),
        new InstanceNormGradient<Isa128, Vector128<float>>(),
        new InstanceNormGradientReference(),
    ];

    public static IReadOnlyList<IKernel> ParameterGradientKernels { get; } = [new InstanceNormParameterGradientReference()];
}
