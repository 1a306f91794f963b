namespace STUNet.Kernels;

/// <summary>Every production tile of the convolution for every element type: of tensor cores, and of registers for float32.</summary>
internal static class Conv3dTensorGpuKernels
{
    /// <summary>All.</summary>
    public static IReadOnlyList<IGpuKernel> All { get; } =
        [.. Of<GpuElementF16>(), .. Of<GpuElementBF16>(), .. Of<GpuElementTF32>(), .. Float32];

    // A thread of a larger tile would need more registers than there are.
    private static IGpuKernel[] Float32 =>
    [
        new Conv3dTensorGpu<GpuBlockTile128x64, GpuRegisterTile64x32, GpuElementF32, GpuRegisterLoads>(isGathered: false),
        new Conv3dTensorGpu<GpuBlockTile128x32, GpuRegisterTile32x32, GpuElementF32, GpuRegisterLoads>(isGathered: false),
        new Conv3dTensorGpu<GpuBlockTile64x64, GpuRegisterTile32x32, GpuElementF32, GpuRegisterLoads>(isGathered: false),
        new Conv3dTensorGpu<GpuBlockTile128x32, GpuRegisterTile32x32, GpuElementF32, GpuRegisterLoads>(isGathered: true),
        new Conv3dTensorUpsampledGpu<GpuBlockTile128x64, GpuRegisterTile64x32, GpuElementF32, GpuRegisterLoads>(),
        new Conv3dTensorUpsampledGpu<GpuBlockTile128x32, GpuRegisterTile32x32, GpuElementF32, GpuRegisterLoads>(),
        new Conv3dTensorUpsampledGpu<GpuBlockTile64x64, GpuRegisterTile32x32, GpuElementF32, GpuRegisterLoads>(),
        new Conv3dTensorHaloGpu<GpuBlockTile128x64, GpuRegisterTile64x32, GpuElementF32, GpuHaloRegisterLoads<GpuSlab64>, GpuSlab64>(),
        new Conv3dTensorHaloGpu<GpuBlockTile128x32, GpuRegisterTile32x32, GpuElementF32, GpuHaloRegisterLoads<GpuSlab64>, GpuSlab64>(),
        new Conv3dTensorHaloGpu<GpuBlockTile128x32, GpuRegisterTile32x32, GpuElementF32, GpuHaloRegisterLoads<GpuSlab32>, GpuSlab32>(),
    ];

    private static IGpuKernel[] Of<TElement>()
        where TElement : struct, IGpuTensorElement =>
    [
        new Conv3dTensorGpu<GpuBlockTile128x128, GpuWarpTile64x64<TElement>, TElement, GpuRowLoads>(isGathered: false),
        new Conv3dTensorGpu<GpuBlockTile128x64, GpuWarpTile64x32<TElement>, TElement, GpuRowLoads>(isGathered: false),
        new Conv3dTensorGpu<GpuBlockTile128x32, GpuWarpTile32x32<TElement>, TElement, GpuRowLoads>(isGathered: false),
        new Conv3dTensorGpu<GpuBlockTile64x64, GpuWarpTile32x32<TElement>, TElement, GpuRowLoads>(isGathered: false),
        new Conv3dTensorGpu<GpuBlockTile128x64, GpuWarpTile64x32<TElement>, TElement, GpuRowLoads>(isGathered: true),
        new Conv3dTensorGpu<GpuBlockTile128x32, GpuWarpTile32x32<TElement>, TElement, GpuRowLoads>(isGathered: true),
        new Conv3dTensorUpsampledGpu<GpuBlockTile128x128, GpuWarpTile64x64<TElement>, TElement, GpuRowLoads>(),
        new Conv3dTensorUpsampledGpu<GpuBlockTile128x64, GpuWarpTile64x32<TElement>, TElement, GpuRowLoads>(),
        new Conv3dTensorUpsampledGpu<GpuBlockTile128x32, GpuWarpTile32x32<TElement>, TElement, GpuRowLoads>(),
        new Conv3dTensorUpsampledGpu<GpuBlockTile64x64, GpuWarpTile32x32<TElement>, TElement, GpuRowLoads>(),
        new Conv3dTensorHaloGpu<GpuBlockTile128x64, GpuWarpTile64x32<TElement>, TElement, GpuHaloLoads<GpuSlab64>, GpuSlab64>(),
        new Conv3dTensorHaloGpu<GpuBlockTile128x32, GpuWarpTile32x32<TElement>, TElement, GpuHaloLoads<GpuSlab64>, GpuSlab64>(),
        new Conv3dTensorHaloGpu<GpuBlockTile128x32, GpuWarpTile32x32<TElement>, TElement, GpuHaloLoads<GpuSlab32>, GpuSlab32>(),
    ];
}
