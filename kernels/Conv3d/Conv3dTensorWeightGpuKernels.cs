using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Every production tile of the tensor-core weight gradient for every element type.</summary>
internal static class Conv3dTensorWeightGpuKernels
{
    /// <summary>All.</summary>
    public static IReadOnlyList<IGpuKernel> All { get; } =
        [.. Of<GpuElementF16, GpuTransposedLoads>(DType.F16), .. Of<GpuElementBF16, GpuTransposedLoads>(DType.BF16), .. Of<GpuElementTF32, GpuTransposedWordLoads>(DType.F32)];

    private static IGpuKernel[] Of<TElement, TLoads>(DType type)
        where TElement : struct, IGpuElement
        where TLoads : struct, IGpuTileLoads =>
    [
        new Conv3dTensorWeightGpu<GpuBlockTile128x128, GpuWarpTile64x64, TElement, TLoads>(type, isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile128x64, GpuWarpTile64x32, TElement, TLoads>(type, isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile128x32, GpuWarpTile32x32, TElement, TLoads>(type, isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile64x64, GpuWarpTile32x32, TElement, TLoads>(type, isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile128x32, GpuWarpTile32x32, TElement, TLoads>(type, isGathered: true),
        new Conv3dTensorWeightGpu<GpuBlockTile64x64, GpuWarpTile32x32, TElement, TLoads>(type, isGathered: true),
    ];
}
