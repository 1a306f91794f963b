using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class HeadAccumulateCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        new HeadAccumulateVector<Isa512, Vector512<float>>(),
        new HeadAccumulateVector<Isa256, Vector256<float>>(),
        new HeadAccumulateVector<Isa128, Vector128<float>>(),
        new HeadAccumulateReference(),
    ];
}
