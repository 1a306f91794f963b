using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class RelayoutCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } = [new RelayoutRows(), new RelayoutReference()];
}
