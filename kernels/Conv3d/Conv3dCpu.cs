using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class Conv3dCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } = [new Conv3dReference()];
}
