namespace STUNet.Kernels;

/// <summary>Every production tile of the weight gradient for every element type: of tensor cores, and of registers for float32.</summary>
internal static class Conv3dTensorWeightGpuKernels
{
    /// <summary>All.</summary>
    public static IReadOnlyList<IGpuKernel> All { get; } =
        [.. Of<GpuElementF16, GpuTransposedLoads>(), .. Of<GpuElementBF16, GpuTransposedLoads>(), .. Of<GpuElementTF32, GpuTransposedWordLoads>(), .. Float32];

    private static IGpuKernel[] Float32 =>
    [
        new Conv3dTensorWeightGpu<GpuBlockTile128x64, GpuRegisterTile64x32, GpuElementF32, GpuTransposedRegisterLoads>(isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile128x32, GpuRegisterTile32x32, GpuElementF32, GpuTransposedRegisterLoads>(isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile64x64, GpuRegisterTile32x32, GpuElementF32, GpuTransposedRegisterLoads>(isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile128x32, GpuRegisterTile32x32, GpuElementF32, GpuTransposedRegisterLoads>(isGathered: true),
        new Conv3dTensorWeightGpu<GpuBlockTile64x64, GpuRegisterTile32x32, GpuElementF32, GpuTransposedRegisterLoads>(isGathered: true),
    ];

    private static IGpuKernel[] Of<TElement, TLoads>()
        where TElement : struct, IGpuTensorElement
        where TLoads : struct, IGpuTileLoads =>
    [
        new Conv3dTensorWeightGpu<GpuBlockTile128x128, GpuWarpTile64x64<TElement>, TElement, TLoads>(isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile128x64, GpuWarpTile64x32<TElement>, TElement, TLoads>(isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile128x32, GpuWarpTile32x32<TElement>, TElement, TLoads>(isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile64x64, GpuWarpTile32x32<TElement>, TElement, TLoads>(isGathered: false),
        new Conv3dTensorWeightGpu<GpuBlockTile128x32, GpuWarpTile32x32<TElement>, TElement, TLoads>(isGathered: true),
        new Conv3dTensorWeightGpu<GpuBlockTile64x64, GpuWarpTile32x32<TElement>, TElement, TLoads>(isGathered: true),
    ];
}
