using STUNet.Core;

namespace STUNet.Training;

/// <summary>Flips image and labels along axes.</summary>
/// <param name="Axes">Per axis 0, 1, 2 whether it is flipped.</param>
public sealed record Mirroring(IReadOnlyList<bool> Axes) : IAugmentation
{
    /// <summary>Probability per axis.</summary>
    public const double AxisProbability = 0.5;

    private const int Piece = 512;

    /// <summary>Draws the axes; one number for each of the three, so that what is drawn later does not depend on which may be flipped.</summary>
    /// <param name="random">The sample's random numbers.</param>
    /// <param name="axes">Axes 0, 1, 2 that may be flipped.</param>
    public static Mirroring Draw(SampleRandom random, IReadOnlyList<int> axes)
    {
        bool[] drawn = [random.Happens(AxisProbability), random.Happens(AxisProbability), random.Happens(AxisProbability)];
        return new([.. drawn.Select((happens, axis) => happens && axes.Contains(axis))]);
    }

    /// <inheritdoc/>
    public void Apply(SamplePatch patch, AugmentationScratch scratch)
    {
        for (int c = 0; c < patch.Channels; c++)
            Flip(patch.Channel(c).Span, patch.Size);
        Flip(patch.Labels.Span, patch.Size);
    }

    private void Flip<T>(Span<T> values, Int3 size)
        where T : unmanaged
    {
        if (Axes[0])
            ReverseOrder(values, size.H * size.W);
        for (int z = 0; Axes[1] && z < size.D; z++)
            ReverseOrder(values.Slice(z * size.H * size.W, size.H * size.W), size.W);
        for (int row = 0; Axes[2] && row < size.D * size.H; row++)
            values.Slice(row * size.W, size.W).Reverse();
    }

    private static void ReverseOrder<T>(Span<T> values, int length)
        where T : unmanaged
    {
        for (int i = 0, j = values.Length / length - 1; i < j; i++, j--)
            Swap(values.Slice(i * length, length), values.Slice(j * length, length));
    }

    private static void Swap<T>(Span<T> a, Span<T> b)
        where T : unmanaged
    {
        // By pieces that stay in the first cache.
        Span<T> kept = stackalloc T[Math.Min(Piece, a.Length)];
        for (int at = 0; at < a.Length; at += Piece)
        {
            Span<T> piece = kept[..Math.Min(Piece, a.Length - at)];
            a.Slice(at, piece.Length).CopyTo(piece);
            b.Slice(at, piece.Length).CopyTo(a[at..]);
            piece.CopyTo(b[at..]);
        }
    }
}
