using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Every production tile of the tensor-core data gradient for every element type.</summary>
internal static class Conv3dTensorDataGpuKernels
{
    /// <summary>All.</summary>
    public static IReadOnlyList<IGpuKernel> All { get; } =
        [.. Of<GpuElementF16>(DType.F16), .. Of<GpuElementBF16>(DType.BF16), .. Of<GpuElementTF32>(DType.F32)];

    private static IGpuKernel[] Of<TElement>(DType type)
        where TElement : struct, IGpuElement =>
    [
        new Conv3dTensorDataGpu<GpuBlockTile128x128, GpuWarpTile64x64, TElement>(type, isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile128x64, GpuWarpTile64x32, TElement>(type, isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile128x32, GpuWarpTile32x32, TElement>(type, isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile64x64, GpuWarpTile32x32, TElement>(type, isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile128x32, GpuWarpTile32x32, TElement>(type, isGathered: true),
    ];
}
