using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class LossScaleCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } = [new LossScaleReference()];
}
