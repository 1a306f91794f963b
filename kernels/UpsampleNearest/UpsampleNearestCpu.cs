using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class UpsampleNearestCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } = [new UpsampleNearestRows(), new UpsampleNearestReference()];

    public static IReadOnlyList<IKernel> GradientKernels { get; } =
    [
        new UpsampleNearestGradientVector<Isa512, Vector512<float>>(),
        new UpsampleNearestGradientVector<Isa256, Vector256<float>>(),
        new UpsampleNearestGradientVector<Isa128, Vector128<float>>(),
        new UpsampleNearestGradientReference(),
    ];
}
