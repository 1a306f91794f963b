using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Inference;

/// <summary>Where the windows of one volume lie, after zero padding to at least the patch size.</summary>
internal sealed class WindowGrid
{
    private readonly int[][] _starts;

    /// <summary>Lays the windows out.</summary>
    /// <param name="volume">Size of the network's volume (z, y, x).</param>
    /// <param name="patch">Size of a window.</param>
    /// <param name="stepSize">Distance of neighbouring windows as a fraction of the patch.</param>
    public WindowGrid(Int3 volume, Int3 patch, double stepSize)
    {
        Volume = volume;
        Patch = patch;
        PatchPadding padding = PatchPadding.For(volume, patch);
        (Padded, Before) = (padding.PaddedSize, padding.Before);
        _starts = [.. Enumerable.Range(0, 3).Select(axis => SlidingWindow.Starts(Padded[axis], patch[axis], stepSize))];
    }

    /// <summary>Size of the volume.</summary>
    public Int3 Volume { get; }

    /// <summary>Size of a window.</summary>
    public Int3 Patch { get; }

    /// <summary>Size of the padded volume.</summary>
    public Int3 Padded { get; }

    /// <summary>Zeros in front of the volume.</summary>
    public Int3 Before { get; }

    /// <summary>Number of windows.</summary>
    public int Count => _starts[0].Length * _starts[1].Length * _starts[2].Length;

    /// <summary>First voxels of the windows along an axis, in the padded volume.</summary>
    /// <param name="axis">The axis.</param>
    public ReadOnlySpan<int> Starts(int axis) => _starts[axis];
}
