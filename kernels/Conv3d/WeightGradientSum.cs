using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Adds up the sums of the pieces in order and writes them as a weight lies: (OC, IC, KD, KH, KW). One body does one block of output channels and one of channels.</summary>
internal sealed unsafe class WeightGradientSum(WeightGradientTiling tiling, TensorView[] operands, MemorySpan workspace) : IParallelBody
{
    private const int Channels = IWeightGradientMicroKernel.Channels;

    private readonly TensorView _dw = operands[^1];
    private readonly int _firstChannels = operands[0].Desc.Shape.C;

    public void Execute(int index, int worker)
    {
        int block = index / tiling.SourceBlocks;
        int sourceBlock = index % tiling.SourceBlocks;
        for (int tap = 0; tap < tiling.Taps; tap++)
        {
            for (int c = 0; c < Channels; c++)
            {
                long place = TargetOf(tap, sourceBlock, c);
                if (place < 0)
                    continue;
                long offset = (((((long)block * tiling.Taps) + tap) * tiling.SourceBlocks) + sourceBlock) * Channels + c;
                Add((float*)workspace.Bytes + (offset * tiling.BlockLanes), block * tiling.BlockLanes, place);
            }
        }
    }

    private void Add(float* sums, int firstOc, long place)
    {
        Shape weight = _dw.Desc.Shape;
        long filter = weight.C * weight.Voxels;
        int lanes = Math.Min(tiling.BlockLanes, weight.N - firstOc);
        for (int lane = 0; lane < lanes; lane++)
        {
            float sum = sums[lane];
            for (int piece = 1; piece < tiling.Pieces; piece++)
                sum += sums[(piece * tiling.PieceSums) + lane];
            _dw.Floats[((firstOc + lane) * filter) + place] = sum;
        }
    }

    // Where a weight lies in its filter; negative for channels that only fill up a block.
    private long TargetOf(int tap, int sourceBlock, int c)
    {
        Shape weight = _dw.Desc.Shape;
        if (tiling.IsScattered)
        {
            int pair = (sourceBlock * Channels) + c; // [tap][channel]
            return pair < weight.C * weight.Voxels ? (pair % weight.C * weight.Voxels) + (pair / weight.C) : -1;
        }

        bool isFirst = sourceBlock < tiling.FirstBlocks;
        int channel = ((isFirst ? sourceBlock : sourceBlock - tiling.FirstBlocks) * Channels) + c;
        if (channel >= (isFirst ? _firstChannels : weight.C - _firstChannels))
            return -1;
        return ((isFirst ? channel : _firstChannels + channel) * weight.Voxels) + tap;
    }
}
