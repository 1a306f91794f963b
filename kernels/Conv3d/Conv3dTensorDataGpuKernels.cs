namespace STUNet.Kernels;

/// <summary>Every production tile of the data gradient for every element type: of tensor cores, and of registers for float32.</summary>
internal static class Conv3dTensorDataGpuKernels
{
    /// <summary>All.</summary>
    public static IReadOnlyList<IGpuKernel> All { get; } =
        [.. Of<GpuElementF16>(), .. Of<GpuElementBF16>(), .. Of<GpuElementTF32>(), .. Float32];

    private static IGpuKernel[] Float32 =>
    [
        new Conv3dTensorDataGpu<GpuBlockTile128x64, GpuRegisterTile64x32, GpuElementF32, GpuRegisterLoads>(isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile128x32, GpuRegisterTile32x32, GpuElementF32, GpuRegisterLoads>(isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile64x64, GpuRegisterTile32x32, GpuElementF32, GpuRegisterLoads>(isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile128x32, GpuRegisterTile32x32, GpuElementF32, GpuRegisterLoads>(isGathered: true),
    ];

    private static IGpuKernel[] Of<TElement>()
        where TElement : struct, IGpuTensorElement =>
    [
        new Conv3dTensorDataGpu<GpuBlockTile128x128, GpuWarpTile64x64<TElement>, TElement, GpuRowLoads>(isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile128x64, GpuWarpTile64x32<TElement>, TElement, GpuRowLoads>(isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile128x32, GpuWarpTile32x32<TElement>, TElement, GpuRowLoads>(isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile64x64, GpuWarpTile32x32<TElement>, TElement, GpuRowLoads>(isGathered: false),
        new Conv3dTensorDataGpu<GpuBlockTile128x32, GpuWarpTile32x32<TElement>, TElement, GpuRowLoads>(isGathered: true),
    ];
}
