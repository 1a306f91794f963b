using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// What a tile cannot read as it lies: gradients of fewer channels than a block has lanes, an upsampled source, and a source of few channels with what surrounds it.
/// A worker's scratch holds the gradients [voxel][lane], then the source.
/// </summary>
internal sealed unsafe class WeightGradientScratch(WeightGradientTiling tiling, TensorView source, TensorView dy)
{
    private const int Channels = IWeightGradientMicroKernel.Channels;

    /// <summary>Scratch bytes of a worker.</summary>
    public static long ByteLengthOf(WeightGradientTiling tiling) =>
        CacheLine.RoundUp((tiling.GradientFloats + tiling.SourceFloats) * sizeof(float));

    /// <summary>
    /// Points a tile at the gradients of its voxels and one block of output channels; copied where the block has more lanes than there are, or where taps that are
    /// added at once need zeros around every row.
    /// </summary>
    public void PlaceGradient(WeightGradientTile* tile, int n, Int3 origin, int rows, int block, float* scratch, int lanes)
    {
        Shape shape = tiling.Output;
        nint pitch = dy.Desc.ChannelPitch;
        int firstLane = block * tiling.BlockLanes;
        int left = (int)Math.Min(tiling.BlockLanes, pitch - firstLane);
        float* first = dy.Floats + ((((((long)n * shape.D) + origin.D) * shape.H) + origin.H) * shape.W * pitch) + firstLane;
        tile->Slices = 1;
        tile->Rows = rows;
        tile->Columns = shape.W;
        tile->Vectors = tiling.BlockLanes / lanes;
        tile->Dy = first;
        tile->DyColumn = pitch;
        tile->DyRow = pitch * shape.W;
        if (left == tiling.BlockLanes && tiling.RowTaps == 1)
            return;
        int zeros = tiling.RowTaps / 2 * tiling.BlockLanes;
        tile->Dy = scratch + zeros;
        tile->DyColumn = tiling.BlockLanes;
        tile->DyRow = (nint)tiling.GradientColumns * tiling.BlockLanes;
        float* target = scratch;
        for (int row = 0; row < rows; row++)
        {
            target = Clear(target, zeros);
            for (int column = 0; column < shape.W; column++, first += pitch)
            {
                ShortCopy.Run(first, target, left);
                target += left;
                if (left < tiling.BlockLanes)
                    target = Clear(target, tiling.BlockLanes - left);
            }

            target = Clear(target, zeros);
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
            float* line = source.Floats + (((((((long)n * shape.D) + (first.D / factor.D)) * shape.H) + h) * shape.W) * source.Desc.ChannelPitch);
            CopyColumns(line, first.W, stride.W, tile->Columns, target, pitch);
            target += tile->XRow;
        }
    }

    /// <summary>Copies all that the taps of a tile read, as if upsampled, with zeros outside of the source: [z][y][x][channel] of <see cref="WeightGradientTiling.Halo"/>.</summary>
    public void CopyHalo(WeightGradientTile* tile, int n, Int3 origin, float* scratch)
    {
        Int3 halo = tiling.Halo;
        int channels = source.Desc.Shape.C;
        float* target = Source(scratch);
        tile->X = target;
        tile->XColumn = tiling.Op.Stride.W * channels;
        tile->XRow = (nint)tiling.Op.Stride.H * halo.W * channels;
        (Int3 stride, Int3 kernel) = (tiling.Op.Stride, tiling.Op.Kernel);
        Int3 corner = new((origin.D * stride.D) - (kernel.D / 2), (origin.H * stride.H) - (kernel.H / 2), (origin.W * stride.W) - (kernel.W / 2));
        for (int z = 0; z < halo.D; z++)
        {
            for (int y = 0; y < halo.H; y++, target += (nint)halo.W * channels)
                CopyRow(target, n, corner.D + z, corner.H + y, corner.W);
        }
    }

    private void CopyRow(float* target, int n, int d, int h, int firstW)
    {
        Shape shape = source.Desc.Shape;
        Int3 factor = tiling.Op.FirstSourceFactor;
        Int3 size = tiling.Input;
        int channels = shape.C;
        int width = tiling.Halo.W;
        bool isInside = (uint)d < (uint)size.D && (uint)h < (uint)size.H;
        int first = isInside ? Math.Clamp(-firstW, 0, width) : width;
        int end = isInside ? Math.Clamp(size.W - firstW, first, width) : width;
        new Span<float>(target, first * channels).Clear();
        new Span<float>(target + (end * channels), (width - end) * channels).Clear();
        if (!isInside)
            return;
        float* line = source.Floats + ((((((long)n * shape.D) + (d / factor.D)) * shape.H) + (h / factor.H)) * shape.W * source.Desc.ChannelPitch);
        if (factor.W == 1 && source.Desc.ChannelPitch == channels)
        {
            new ReadOnlySpan<float>(line + ((firstW + first) * channels), (end - first) * channels).CopyTo(new Span<float>(target + (first * channels), (end - first) * channels));
            return;
        }

        CopyColumns(line, firstW + first, stride: 1, end - first, target + (first * channels), channels);
    }

    // Columns of a line of the source as if upsampled.
    private void CopyColumns(float* line, int first, int stride, int count, float* target, int channels)
    {
        int factor = tiling.Op.FirstSourceFactor.W;
        float* voxel = line + ((long)(first / factor) * source.Desc.ChannelPitch);
        int column = first % factor; // of those that the voxel becomes
        for (int i = 0; i < count; i++, target += channels)
        {
            ShortCopy.Run(voxel, target, channels);
            for (column += stride; column >= factor; column -= factor)
                voxel += source.Desc.ChannelPitch;
        }
    }

    private static float* Clear(float* target, int count)
    {
        new Span<float>(target, count).Clear();
        return target + count;
    }

    private float* Source(float* scratch) => scratch + tiling.GradientFloats;
}
