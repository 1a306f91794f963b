using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class GaussianAccumulateCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        new GaussianAccumulateVector<Isa512, Vector512<float>>(),
        new GaussianAccumulateVector<Isa256, Vector256<float>>(),
        new GaussianAccumulateVector<Isa128, Vector128<float>>(),
        new GaussianAccumulateReference(),
    ];
}
