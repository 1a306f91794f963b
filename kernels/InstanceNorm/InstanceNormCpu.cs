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
}
