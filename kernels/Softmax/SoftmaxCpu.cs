using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class SoftmaxCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } = [new SoftmaxReference()];
}
