using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class ResampledArgMaxCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } = [new ResampledArgMaxReference()];
}
