using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class SoftmaxCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } =
    [
        new SoftmaxVector<Isa512, Vector512<float>>(),
        new SoftmaxVector<Isa256, Vector256<float>>(),
        new SoftmaxVector<Isa128, Vector128<float>>(),
        new SoftmaxReference(),
    ];

    public static IReadOnlyList<IKernel> GradientKernels { get; } = [new SoftmaxGradientReference()];
}
