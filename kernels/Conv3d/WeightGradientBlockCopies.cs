using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Copies one block of channels of both tensors side by side, so that the taps of a block of weights read nothing else. What a worker has copied for the
/// block of weights before, it keeps.
/// </summary>
internal sealed unsafe class WeightGradientBlockCopies(WeightGradientBlockTiling tiling, TensorView[] operands, int workers)
{
    private const int Channels = IWeightGradientMicroKernel.Channels;
    private const int None = -1;

    private readonly int[] _outputBlocks = new int[workers];
    private readonly int[] _sourceBlocks = new int[workers];

    /// <summary>Forgets all copies: the tensors have changed.</summary>
    public void Forget()
    {
        Array.Fill(_outputBlocks, None);
        Array.Fill(_sourceBlocks, None);
    }

    /// <summary>Fills a worker's scratch for one block of weights.</summary>
    public void Fill(int worker, int outputBlock, int sourceBlock, float* dy, float* x)
    {
        if (_outputBlocks[worker] != outputBlock)
            CopyGradient(outputBlock, dy);
        if (_sourceBlocks[worker] != sourceBlock)
            CopySource(sourceBlock, x);
        _outputBlocks[worker] = outputBlock;
        _sourceBlocks[worker] = sourceBlock;
    }

    // One block of the output's gradient: [n][z][y][x][lane], zeros past the last channel and around every row of which taps are added at once.
    private void CopyGradient(int block, float* target)
    {
        TensorView dy = operands[tiling.Op.Sources];
        nint pitch = dy.Desc.ChannelPitch;
        int lanes = (int)Math.Min(tiling.BlockLanes, pitch - (block * tiling.BlockLanes));
        int zeros = tiling.RowTaps / 2 * tiling.BlockLanes;
        float* source = dy.Floats + (block * tiling.BlockLanes);
        for (int row = tiling.Output.N * tiling.Output.D * tiling.Output.H; row > 0; row--)
        {
            new Span<float>(target, zeros).Clear();
            target += zeros;
            for (int column = tiling.Output.W; column > 0; column--, source += pitch, target += tiling.BlockLanes)
                CopyLanes(source, lanes, target);
            new Span<float>(target, zeros).Clear();
            target += zeros;
        }
    }

    // One block of a source's channels: [n][z][y][x][channel], as if upsampled; a zero past an odd width where taps added at once read it.
    private void CopySource(int block, float* target)
    {
        bool isFirst = block < tiling.FirstBlocks;
        TensorView source = operands[isFirst ? 0 : 1];
        Int3 factor = isFirst ? tiling.Op.FirstSourceFactor : Int3.One;
        Shape shape = source.Desc.Shape;
        nint pitch = source.Desc.ChannelPitch;
        float* first = source.Floats + ((isFirst ? block : block - tiling.FirstBlocks) * Channels);
        for (int row = 0; row < shape.N * tiling.Input.D * tiling.Input.H; row++)
        {
            (int slice, int y) = (row / tiling.Input.H, row % tiling.Input.H);
            (int n, int z) = (slice / tiling.Input.D, slice % tiling.Input.D);
            float* line = first + ((((((nint)n * shape.D) + (z / factor.D)) * shape.H) + (y / factor.H)) * shape.W * pitch);
            // Eight channels are one vector of 256 bits.
            for (int x = 0; x < tiling.Input.W; x++, target += Channels)
                Vector256.Load(line + ((x / factor.W) * pitch)).Store(target);
            for (int x = tiling.Input.W; x < tiling.SourceColumns; x++, target += Channels)
                Vector256<float>.Zero.Store(target);
        }
    }

    private void CopyLanes(float* source, int lanes, float* target)
    {
        ShortCopy.Run(source, target, lanes);
        for (int lane = lanes; lane < tiling.BlockLanes; lane++)
            target[lane] = 0;
    }
}
