using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>CPU kernels in order of preference.</summary>
internal static class SegmentationLossCpu
{
    public static IReadOnlyList<IKernel> Kernels { get; } = [new SegmentationLossReference()];

    public static IReadOnlyList<IKernel> SumsKernels { get; } =
    [
        new SegmentationLossSumsVector<Isa512, Vector512<float>>(),
        new SegmentationLossRegionSumsVector<Isa512, Vector512<float>>(),
        new SegmentationLossSumsVector<Isa256, Vector256<float>>(),
        new SegmentationLossRegionSumsVector<Isa256, Vector256<float>>(),
        new SegmentationLossSumsVector<Isa128, Vector128<float>>(),
        new SegmentationLossRegionSumsVector<Isa128, Vector128<float>>(),
        new SegmentationLossSumsReference(),
    ];

    public static IReadOnlyList<IKernel> GradientKernels { get; } =
    [
        new SegmentationLossGradientVector<Isa512, Vector512<float>>(),
        new SegmentationLossRegionGradientVector<Isa512, Vector512<float>>(),
        new SegmentationLossGradientVector<Isa256, Vector256<float>>(),
        new SegmentationLossRegionGradientVector<Isa256, Vector256<float>>(),
        new SegmentationLossGradientVector<Isa128, Vector128<float>>(),
        new SegmentationLossRegionGradientVector<Isa128, Vector128<float>>(),
        new SegmentationLossGradientReference(),
    ];
}
