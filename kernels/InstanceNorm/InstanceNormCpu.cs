using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class InstanceNormCpu
{
    public static IReadOnlyList<IKernel> StatisticsKernels { get; } = [new InstanceNormStatisticsReference()];

    public static IReadOnlyList<IKernel> ApplyKernels { get; } = [new InstanceNormApplyReference()];
}
