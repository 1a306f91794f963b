using System.Runtime.Intrinsics;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Copies one block of channels of a whole tensor side by side, so that the taps of a block of weights read nothing else.</summary>
internal sealed unsafe class WeightGradientBlockCopies(WeightGradientBlockTiling tiling, TensorView[] operands)
{
    private const int Channels = IWeightGradientMicroKernel.Channels;

    /// <summary>One block of the output's gradient: [n][z][y][x][lane], zeros past the last channel.</summary>
    public void CopyGradient(int block, float* target)
    {
        TensorView dy = operands[tiling.Op.Sources];
        nint pitch = dy.Desc.ChannelPitch;
        int lanes = (int)Math.Min(tiling.BlockLanes, pitch - (block * tiling.BlockLanes));
        float* source = dy.Floats + (block * tiling.BlockLanes);
        for (long voxel = tiling.Output.N * tiling.Output.Voxels; voxel > 0; voxel--, source += pitch, target += tiling.BlockLanes)
        {
            int lane = 0;
            for (; lane + Channels <= lanes; lane += Channels)
                Vector256.Load(source + lane).Store(target + lane);
            for (; lane < lanes; lane++)
                target[lane] = source[lane];
            for (; lane < tiling.BlockLanes; lane++)
                target[lane] = 0;
        }
    }

    /// <summary>One block of a source's channels: [n][z][y][x][channel], as if upsampled.</summary>
    public void CopySource(int block, float* target)
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
        }
    }
}
