using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class LeakyReluCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        new LeakyReluVector<Isa512, Vector512<float>>(),
        new LeakyReluVector<Isa256, Vector256<float>>(),
        new LeakyReluVector<Isa128, Vector128<float>>(),
        new LeakyReluReference(),
    ];

    public static IReadOnlyList<IKernel> GradientKernels { get; } =
    [
        new LeakyReluGradientVector<Isa512, Vector512<float>>(),
        new LeakyReluGradientVector<Isa256, Vector256<float>>(),
        new LeakyReluGradientVector<Isa128, Vector128<float>>(),
        new LeakyReluGradientReference(),
    ];
}
