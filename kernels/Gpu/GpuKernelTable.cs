using System.Reflection;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The GPU kernels of every op, in order of preference: one line per op.</summary>
internal static class GpuKernelTable
{
    private static readonly Dictionary<Type, IReadOnlyList<IGpuKernel>> Kernels = new()
    {
        [typeof(AdamWOp)] = [new AdamWGpu()],
        [typeof(AddOp)] =
        [
            new AddHalfGpu<GpuElementF16>(DType.F16), new AddHalfGpu<GpuElementBF16>(DType.BF16),
            new AddGpu<GpuTensor>(), new AddGpu<GpuTensorF16>(), new AddGpu<GpuTensorBF16>(),
        ],
        [typeof(ArgMaxOp)] = [new ArgMaxGpu()],
        [typeof(CastOp)] = [new CastGpu()],
        [typeof(ChannelSumOp)] = [new ChannelSumGpu<GpuTensor>(), new ChannelSumGpu<GpuTensorF16>(), new ChannelSumGpu<GpuTensorBF16>()],
        [typeof(ConcatChannelsOp)] = [new ConcatChannelsGpu<GpuTensor>(), new ConcatChannelsGpu<GpuTensorF16>(), new ConcatChannelsGpu<GpuTensorBF16>()],
        [typeof(Conv3dOp)] = [new Conv3dGpu(), .. Conv3dTensorGpuKernels.All],
        [typeof(Conv3dDataGradientOp)] = [new Conv3dDataGradientGpu(), .. Conv3dTensorDataGpuKernels.All],
        [typeof(Conv3dFlipWeightOp)] = [new Conv3dFlipWeightGpu()],
        [typeof(Conv3dWeightGradientOp)] = [new Conv3dWeightGradientGpu(), .. Conv3dTensorWeightGpuKernels.All],
        [typeof(FillOp)] = [new FillGpu()],
        [typeof(GaussianAccumulateOp)] = [new GaussianAccumulateGpu()],
        [typeof(GlobalNormOp)] = [new GlobalNormGpu()],
        [typeof(HeadAccumulateOp)] =
        [
            HeadOf<GpuElementF16>(), HeadOf<GpuElementBF16>(), HeadOf<GpuElementTF32>(), new HeadAccumulateTensorGpu<GpuRegisterTile32x32, GpuElementF32, GpuRegisterLoads>(),
            new HeadAccumulateGpu<GpuTensor>(), new HeadAccumulateGpu<GpuTensorF16>(), new HeadAccumulateGpu<GpuTensorBF16>(),
        ],
        [typeof(InstanceNormApplyOp)] =
        [
            new InstanceNormApplyHalfGpu<GpuElementF16>(DType.F16), new InstanceNormApplyHalfGpu<GpuElementBF16>(DType.BF16),
            new InstanceNormApplyGpu<GpuTensor>(), new InstanceNormApplyGpu<GpuTensorF16>(), new InstanceNormApplyGpu<GpuTensorBF16>(),
        ],
        [typeof(InstanceNormGradientOp)] =
        [
            new InstanceNormGradientHalfGpu<GpuElementF16>(DType.F16), new InstanceNormGradientHalfGpu<GpuElementBF16>(DType.BF16),
            new InstanceNormGradientGpu<GpuTensor>(), new InstanceNormGradientGpu<GpuTensorF16>(), new InstanceNormGradientGpu<GpuTensorBF16>(),
        ],
        [typeof(InstanceNormGradientSumsOp)] = [new InstanceNormGradientSumsGpu<GpuTensor>(), new InstanceNormGradientSumsGpu<GpuTensorF16>(), new InstanceNormGradientSumsGpu<GpuTensorBF16>()],
        [typeof(InstanceNormParameterGradientOp)] = [new InstanceNormParameterGradientGpu()],
        [typeof(InstanceNormStatisticsOp)] = [new InstanceNormStatisticsGpu<GpuTensor>(), new InstanceNormStatisticsGpu<GpuTensorF16>(), new InstanceNormStatisticsGpu<GpuTensorBF16>()],
        [typeof(LeakyReluOp)] = [new LeakyReluGpu<GpuTensor>(), new LeakyReluGpu<GpuTensorF16>(), new LeakyReluGpu<GpuTensorBF16>()],
        [typeof(LeakyReluGradientOp)] =
        [
            new LeakyReluGradientHalfGpu<GpuElementF16>(DType.F16), new LeakyReluGradientHalfGpu<GpuElementBF16>(DType.BF16),
            new LeakyReluGradientGpu<GpuTensor>(), new LeakyReluGradientGpu<GpuTensorF16>(), new LeakyReluGradientGpu<GpuTensorBF16>(),
        ],
        [typeof(LossScaleOp)] = [new LossScaleGpu()],
        [typeof(RelayoutOp)] = [new RelayoutGpu()],
        [typeof(ResampledArgMaxOp)] = [new ResampledArgMaxGpu()],
        [typeof(SegmentationLossOp)] = [new SegmentationLossGpu()],
        [typeof(SegmentationLossGradientOp)] = [new SegmentationLossGradientGpu<GpuTensor>(), new SegmentationLossGradientGpu<GpuTensorF16>(), new SegmentationLossGradientGpu<GpuTensorBF16>()],
        [typeof(SegmentationLossSumsOp)] = [new SegmentationLossSumsGpu<GpuTensor>(), new SegmentationLossSumsGpu<GpuTensorF16>(), new SegmentationLossSumsGpu<GpuTensorBF16>()],
        [typeof(SgdOp)] = [new SgdGpu()],
        [typeof(SliceChannelsOp)] = [new SliceChannelsGpu<GpuTensor>(), new SliceChannelsGpu<GpuTensorF16>(), new SliceChannelsGpu<GpuTensorBF16>()],
        [typeof(SoftmaxOp)] = [new SoftmaxGpu()],
        [typeof(SoftmaxGradientOp)] = [new SoftmaxGradientGpu()],
        [typeof(UpsampleNearestOp)] = [new UpsampleNearestGpu<GpuTensor>(), new UpsampleNearestGpu<GpuTensorF16>(), new UpsampleNearestGpu<GpuTensorBF16>()],
        [typeof(UpsampleNearestGradientOp)] = [new UpsampleNearestGradientGpu<GpuTensor>(), new UpsampleNearestGradientGpu<GpuTensorF16>(), new UpsampleNearestGradientGpu<GpuTensorBF16>()],
        [typeof(WindowLoadOp)] = [new WindowLoadGpu()],
    };

    /// <summary>Every kernel of every op.</summary>
    public static IEnumerable<IGpuKernel> All => Kernels.Values.SelectMany(kernels => kernels);

    /// <summary>Every body of every kernel, once.</summary>
    public static IEnumerable<MethodInfo> Bodies => All.SelectMany(kernel => kernel.Bodies).Distinct();

    /// <summary>The kernels of an op, none for an op that has none on the GPU.</summary>
    /// <param name="op">The op's type.</param>
    public static IReadOnlyList<IGpuKernel> KernelsOf(Type op) => Kernels.GetValueOrDefault(op) ?? [];

    private static HeadAccumulateTensorGpu<GpuWarpTile32x32<TElement>, TElement, GpuRowLoads> HeadOf<TElement>()
        where TElement : struct, IGpuTensorElement => new();
}
