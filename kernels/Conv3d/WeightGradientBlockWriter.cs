using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Writes the finished sums of a block, [tap][channel][lane], as a weight lies: (OC, IC, KD, KH, KW), where the taps of neighbouring channels follow each other.</summary>
internal sealed unsafe class WeightGradientBlockWriter(WeightGradientBlockTiling tiling, TensorView[] operands)
{
    private const int Channels = IWeightGradientMicroKernel.Channels;

    public void Write(int block, int sourceBlock, float* sums)
    {
        TensorView dw = operands[^1];
        Shape weight = dw.Desc.Shape;
        bool isFirst = sourceBlock < tiling.FirstBlocks;
        int firstChannel = (isFirst ? sourceBlock : sourceBlock - tiling.FirstBlocks) * Channels;
        int firstSource = operands[0].Desc.Shape.C;
        int channels = Math.Min(Channels, (isFirst ? firstSource : weight.C - firstSource) - firstChannel);
        int lanes = Math.Min(tiling.BlockLanes, weight.N - (block * tiling.BlockLanes));
        nint filter = (nint)(weight.C * weight.Voxels);
        float* target = dw.Floats + (block * tiling.BlockLanes * filter) + ((firstChannel + (isFirst ? 0 : firstSource)) * weight.Voxels);
        int rows = channels * (int)weight.Voxels;
        int row = 0;
        for (; row + 4 <= rows; row += 4)
            ChannelTranspose.Run(Row(sums, row), Row(sums, row + 1), Row(sums, row + 2), Row(sums, row + 3), target + row, filter, lanes);
        for (; row < rows; row++)
        {
            float* source = Row(sums, row);
            for (int lane = 0; lane < lanes; lane++)
                target[(lane * filter) + row] = source[lane];
        }
    }

    // Rows of the target count [channel][tap].
    private float* Row(float* sums, int row)
    {
        int taps = (int)tiling.Op.Kernel.Product;
        return sums + ((((row % taps) * Channels) + (row / taps)) * tiling.BlockLanes);
    }
}
