namespace STUNet.Kernels;

/// <summary>The GPU kernels of every op, in order of preference: one line per op.</summary>
internal static class GpuKernelTable
{
    private static readonly Dictionary<Type, IReadOnlyList<IGpuKernel>> Kernels = new()
    {
        [typeof(AdamWOp)] = [new AdamWGpu()],
        [typeof(AddOp)] = [new AddGpu()],
        [typeof(ArgMaxOp)] = [new ArgMaxGpu()],
        [typeof(CastOp)] = [new CastGpu()],
        [typeof(ChannelSumOp)] = [new ChannelSumGpu()],
        [typeof(ConcatChannelsOp)] = [new ConcatChannelsGpu()],
        [typeof(Conv3dOp)] = [new Conv3dGpu(), .. Conv3dTensorGpuKernels.All],
        [typeof(Conv3dDataGradientOp)] = [new Conv3dDataGradientGpu(), .. Conv3dTensorDataGpuKernels.All],
        [typeof(Conv3dFlipWeightOp)] = [new Conv3dFlipWeightGpu()],
        [typeof(Conv3dWeightGradientOp)] = [new Conv3dWeightGradientGpu(), .. Conv3dTensorWeightGpuKernels.All],
        [typeof(FillOp)] = [new FillGpu()],
        [typeof(GaussianAccumulateOp)] = [new GaussianAccumulateGpu()],
        [typeof(GlobalNormOp)] = [new GlobalNormGpu()],
        [typeof(HeadAccumulateOp)] = [new HeadAccumulateGpu()],
        [typeof(InstanceNormApplyOp)] = [new InstanceNormApplyGpu(), new InstanceNormApplyHalfGpu()],
        [typeof(InstanceNormGradientOp)] = [new InstanceNormGradientGpu()],
        [typeof(InstanceNormGradientSumsOp)] = [new InstanceNormGradientSumsGpu()],
        [typeof(InstanceNormParameterGradientOp)] = [new InstanceNormParameterGradientGpu()],
        [typeof(InstanceNormStatisticsOp)] = [new InstanceNormStatisticsGpu()],
        [typeof(LeakyReluOp)] = [new LeakyReluGpu()],
        [typeof(LeakyReluGradientOp)] = [new LeakyReluGradientGpu()],
        [typeof(RelayoutOp)] = [new RelayoutGpu()],
        [typeof(SegmentationLossOp)] = [new SegmentationLossGpu()],
        [typeof(SegmentationLossGradientOp)] = [new SegmentationLossGradientGpu()],
        [typeof(SegmentationLossSumsOp)] = [new SegmentationLossSumsGpu()],
        [typeof(SgdOp)] = [new SgdGpu()],
        [typeof(SliceChannelsOp)] = [new SliceChannelsGpu()],
        [typeof(SoftmaxOp)] = [new SoftmaxGpu()],
        [typeof(SoftmaxGradientOp)] = [new SoftmaxGradientGpu()],
        [typeof(UpsampleNearestOp)] = [new UpsampleNearestGpu()],
        [typeof(UpsampleNearestGradientOp)] = [new UpsampleNearestGradientGpu()],
        [typeof(WindowLoadOp)] = [new WindowLoadGpu()],
    };

    /// <summary>Every kernel of every op.</summary>
    public static IEnumerable<IGpuKernel> All => Kernels.Values.SelectMany(kernels => kernels);

    /// <summary>The kernels of an op, none for an op that has none on the GPU.</summary>
    /// <param name="op">The op's type.</param>
    public static IReadOnlyList<IGpuKernel> KernelsOf(Type op) => Kernels.GetValueOrDefault(op) ?? [];
}
