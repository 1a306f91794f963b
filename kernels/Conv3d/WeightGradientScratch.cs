using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// What a tile cannot read as it lies: gradients of fewer channels than a block has lanes, an upsampled source, and the taps of a source of few channels.
/// A worker's scratch holds the gradients [voxel][lane], then the source [voxel][channel].
/// </summary>
internal sealed unsafe class WeightGradientScratch(WeightGradientTiling tiling, TensorView source, TensorView dy)
{
    private const int Channels = IWeightGradientMicroKernel.Channels;

    /// <summary>Scratch bytes of a worker.</summary>
    public static long ByteLengthOf(WeightGradientTiling tiling) =>
        CacheLine.RoundUp((long)tiling.RowsPerTile * tiling.Output.W * (tiling.BlockLanes + (tiling.FirstBlocks * Channels)) * sizeof(float));

    /// <summary>Points a tile at the gradients of its voxels and one block of output channels; copied where the block has more lanes than there are.</summary>
    public void PlaceGradient(WeightGradientTile* tile, int n, Int3 origin, int rows, int block, float* scratch, int lanes)
    {
        Shape shape = tiling.Output;
        nint pitch = dy.Desc.ChannelPitch;
        int firstLane = block * tiling.BlockLanes;
        int left = (int)Math.Min(tiling.BlockLanes, pitch - firstLane);
        float* first = dy.Floats + ((((((long)n * shape.D) + origin.D) * shape.H) + origin.H) * shape.W * pitch) + firstLane;
        tile->Rows = rows;
        tile->Columns = shape.W;
        tile->Vectors = tiling.BlockLanes / lanes;
        tile->Dy = first;
        tile->DyColumn = pitch;
        tile->DyRow = pitch * shape.W;
        if (left == tiling.BlockLanes)
            return;
        tile->Dy = scratch;
        tile->DyColumn = tiling.BlockLanes;
        tile->DyRow = (nint)tiling.BlockLanes * shape.W;
        for (long voxel = 0; voxel < (long)rows * shape.W; voxel++)
        {
            Span<float> target = new(scratch + (voxel * tiling.BlockLanes), tiling.BlockLanes);
            new ReadOnlySpan<float>(first + (voxel * pitch), left).CopyTo(target);
            target[left..].Clear();
        }
    }

    /// <summary>Copies the first source's voxels of a tile as if upsampled.</summary>
    public void GatherUpsampled(WeightGradientTile* tile, int n, Int3 first, float* scratch)
    {
        Shape shape = source.Desc.Shape;
        Int3 factor = tiling.Op.FirstSourceFactor;
        Int3 stride = tiling.Op.Stride;
        int pitch = tiling.FirstBlocks * Channels;
        float* target = Source(scratch);
        tile->X = target;
        tile->XColumn = pitch;
        tile->XRow = (nint)pitch * tile->Columns;
        for (int row = 0; row < tile->Rows; row++)
        {
            int h = (first.H + (row * stride.H)) / factor.H;
            float* line = source.Floats + ((((((long)n * shape.D) + (first.D / factor.D)) * shape.H) + h) * shape.W * source.Desc.ChannelPitch);
            for (int column = 0; column < tile->Columns; column++, target += pitch)
            {
                int w = (first.W + (column * stride.W)) / factor.W;
                new ReadOnlySpan<float>(line + ((long)w * source.Desc.ChannelPitch), pitch).CopyTo(new Span<float>(target, pitch));
            }
        }
    }

    /// <summary>Copies, for every voxel of a tile, all that its taps read: [tap][channel], zeros outside of the source.</summary>
    public void GatherTaps(WeightGradientTile* tile, int n, Int3 origin, int rows, float* scratch)
    {
        Int3 kernel = tiling.Op.Kernel;
        Int3 stride = tiling.Op.Stride;
        int pitch = tiling.FirstBlocks * Channels;
        float* target = Source(scratch);
        tile->X = target;
        tile->XColumn = pitch;
        tile->XRow = (nint)pitch * tiling.Output.W;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < tiling.Output.W; column++, target += pitch)
            {
                Int3 corner = new(
                    (origin.D * stride.D) - (kernel.D / 2), ((origin.H + row) * stride.H) - (kernel.H / 2), (column * stride.W) - (kernel.W / 2));
                GatherVoxel(target, pitch, n, corner);
            }
        }
    }

    private void GatherVoxel(float* target, int pitch, int n, Int3 corner)
    {
        Shape shape = source.Desc.Shape;
        Int3 kernel = tiling.Op.Kernel;
        Int3 factor = tiling.Op.FirstSourceFactor;
        Int3 size = tiling.Input;
        int at = 0;
        for (int kd = 0; kd < kernel.D; kd++)
        {
            int d = corner.D + kd;
            for (int kh = 0; kh < kernel.H; kh++)
            {
                int h = corner.H + kh;
                for (int kw = 0; kw < kernel.W; kw++)
                {
                    int w = corner.W + kw;
                    bool inside = (uint)d < (uint)size.D && (uint)h < (uint)size.H && (uint)w < (uint)size.W;
                    float* voxel = inside
                        ? source.Floats + ((((((long)n * shape.D) + (d / factor.D)) * shape.H) + (h / factor.H)) * shape.W + (w / factor.W)) * source.Desc.ChannelPitch
                        : null;
                    for (int c = 0; c < shape.C; c++)
                        target[at++] = inside ? voxel[c] : 0;
                }
            }
        }

        for (; at < pitch; at++)
            target[at] = 0;
    }

    private float* Source(float* scratch) => scratch + ((long)tiling.RowsPerTile * tiling.Output.W * tiling.BlockLanes);
}
