using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Weights (OC, IC, KD, KH, KW) as the direct convolution reads them: [block of output channels][block of input channels][tap][ic][lane], where a
/// tap is (kd, kh, kw) and lanes past the last output channel are zero. All blocks of output channels but the last have BlockLanes lanes.
/// </summary>
internal sealed record Conv3dWeightPacking(int BlockLanes, int LastBlockLanes, int ChannelBlock, Shape Weight)
    : Packing($"conv3d.direct.oc{BlockLanes}+{LastBlockLanes}.ic{ChannelBlock}", ByteLengthOf(BlockLanes, LastBlockLanes, Weight))
{
    public override Step Bind(TensorView source, TensorView packed, Device device) => new PackStep(this, source, packed, ((CpuDevice)device).Workers);

    private static long ByteLengthOf(int blockLanes, int lastBlockLanes, Shape weight)
    {
        long lanes = ((long)(weight.N - 1) / blockLanes * blockLanes) + lastBlockLanes;
        return lanes * weight.C * weight.Voxels * sizeof(float);
    }

    private sealed unsafe class PackStep(Conv3dWeightPacking packing, TensorView source, TensorView packed, WorkerPool workers) : Step, IParallelBody
    {
        private readonly int _blocks = ((packing.Weight.N - 1) / packing.BlockLanes) + 1;

        public override void Run(RunContext context) => workers.Run(_blocks, this);

        public void Execute(int index, int worker)
        {
            Shape weight = packing.Weight;
            int taps = (int)weight.Voxels;
            nint filter = (nint)weight.C * taps; // elements of one output channel
            int firstOc = index * packing.BlockLanes;
            int lanes = index == _blocks - 1 ? packing.LastBlockLanes : packing.BlockLanes;
            int real = Math.Min(lanes, weight.N - firstOc);
            float* filters = stackalloc float[taps * lanes];
            for (int ic = 0; ic < weight.C; ic++)
            {
                FilterLanes.Load(source.Floats + (firstOc * filter) + ((nint)ic * taps), filter, real, lanes, taps, filters);
                int firstIc = ic / packing.ChannelBlock * packing.ChannelBlock;
                int channels = Math.Min(packing.ChannelBlock, weight.C - firstIc);
                float* slab = packed.Floats + (firstOc * filter) + ((long)firstIc * taps * lanes) + ((ic - firstIc) * lanes);
                for (int tap = 0; tap < taps; tap++)
                    new ReadOnlySpan<float>(filters + (tap * lanes), lanes).CopyTo(new Span<float>(slab + ((long)tap * channels * lanes), lanes));
            }
        }
    }
}
