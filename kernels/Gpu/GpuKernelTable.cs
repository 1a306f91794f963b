namespace STUNet.Kernels;

/// <summary>The GPU kernels of every op, in order of preference: one line per op.</summary>
internal static class GpuKernelTable
{
    private static readonly Dictionary<Type, IReadOnlyList<IGpuKernel>> Kernels = new()
    {
        [typeof(AddOp)] = [new AddGpu()],
        [typeof(ArgMaxOp)] = [new ArgMaxGpu()],
        [typeof(CastOp)] = [new CastGpu()],
        [typeof(ConcatChannelsOp)] = [new ConcatChannelsGpu()],
        [typeof(Conv3dOp)] = [new Conv3dGpu()],
        [typeof(GaussianAccumulateOp)] = [new GaussianAccumulateGpu()],
        [typeof(HeadAccumulateOp)] = [new HeadAccumulateGpu()],
        [typeof(InstanceNormApplyOp)] = [new InstanceNormApplyGpu()],
        [typeof(InstanceNormStatisticsOp)] = [new InstanceNormStatisticsGpu()],
        [typeof(LeakyReluOp)] = [new LeakyReluGpu()],
        [typeof(RelayoutOp)] = [new RelayoutGpu()],
        [typeof(SoftmaxOp)] = [new SoftmaxGpu()],
        [typeof(UpsampleNearestOp)] = [new UpsampleNearestGpu()],
        [typeof(WindowLoadOp)] = [new WindowLoadGpu()],
    };

    /// <summary>Every kernel of every op.</summary>
    public static IEnumerable<IGpuKernel> All => Kernels.Values.SelectMany(kernels => kernels);

    /// <summary>The kernels of an op, none for an op that has none on the GPU.</summary>
    /// <param name="op">The op's type.</param>
    public static IReadOnlyList<IGpuKernel> KernelsOf(Type op) => Kernels.GetValueOrDefault(op) ?? [];
}
