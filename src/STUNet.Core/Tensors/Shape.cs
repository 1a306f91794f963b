namespace STUNet.Core;

/// <summary>Logical sizes of a tensor in the order NCDHW, whatever its layout in memory. A convolution weight is (OC, IC, KD, KH, KW).</summary>
/// <param name="N">Batch.</param>
/// <param name="C">Channels.</param>
/// <param name="D">Depth, axis z.</param>
/// <param name="H">Height, axis y.</param>
/// <param name="W">Width, axis x.</param>
public readonly record struct Shape(int N, int C, int D, int H, int W)
{
    /// <summary>Builds a shape from batch, channels and a spatial size.</summary>
    /// <param name="n">Batch.</param>
    /// <param name="c">Channels.</param>
    /// <param name="size">Spatial size (z, y, x).</param>
    public Shape(int n, int c, Int3 size)
        : this(n, c, size.D, size.H, size.W)
    {
    }

    /// <summary>Spatial size (z, y, x).</summary>
    public Int3 Size => new(D, H, W);

    /// <summary>Voxels of one channel.</summary>
    public long Voxels => (long)D * H * W;

    /// <summary>Elements in all, without padding.</summary>
    public long Count => (long)N * C * Voxels;

    /// <summary>A vector of one value per channel: (1, C, 1, 1, 1).</summary>
    /// <param name="channels">Channels.</param>
    public static Shape Channels(int channels) => new(1, channels, 1, 1, 1);

    /// <inheritdoc/>
    public override string ToString() => $"{N}x{C}x{D}x{H}x{W}";
}
