namespace STUNet.Training;

/// <summary>Sets channels to 0 outside of the case, where the label is negative.</summary>
/// <param name="Channels">Per channel whether it was normalised inside the nonzero mask.</param>
public sealed record NonzeroMask(IReadOnlyList<bool> Channels) : IAugmentation
{
    /// <inheritdoc/>
    public void Apply(SamplePatch patch, AugmentationScratch scratch)
    {
        ReadOnlySpan<short> labels = patch.Labels.Span;
        for (int c = 0; c < patch.Channels; c++)
        {
            if (!Channels[c])
                continue;
            Span<float> values = patch.Channel(c).Span;
            for (int i = 0; i < values.Length; i++)
                values[i] = labels[i] < 0 ? 0 : values[i];
        }
    }
}
