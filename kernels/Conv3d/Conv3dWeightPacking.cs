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
        private const int MostLoaded = 8192;

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
            // Some neighbouring channels at a time: rows of filters long enough to stream, and a copy that stays in the first cache.
            int channelsAtOnce = Math.Clamp(MostLoaded / (taps * lanes), 1, packing.ChannelBlock);
            float* filters = stackalloc float[channelsAtOnce * taps * lanes];
            for (int firstIc = 0; firstIc < weight.C; firstIc += packing.ChannelBlock)
            {
                int channels = Math.Min(packing.ChannelBlock, weight.C - firstIc);
                float* slab = packed.Floats + (firstOc * filter) + ((long)firstIc * taps * lanes);
                for (int ic = 0; ic < channels; ic += channelsAtOnce)
                {
                    int loaded = Math.Min(channelsAtOnce, channels - ic);
                    FilterLanes.Load(source.Floats + (firstOc * filter) + ((nint)(firstIc + ic) * taps), filter, real, lanes, loaded * taps, filters);
                    Store(filters, slab + (ic * lanes), loaded, channels, taps, lanes);
                }
            }
        }

        // [ic][tap][lane] to [tap][ic][lane].
        private static void Store(float* filters, float* slab, int loaded, int channels, int taps, int lanes)
        {
            for (int tap = 0; tap < taps; tap++)
            {
                for (int ic = 0; ic < loaded; ic++)
                    ShortCopy.Run(filters + (((ic * taps) + tap) * lanes), slab + ((((long)tap * channels) + ic) * lanes), lanes);
            }
        }
    }
}
