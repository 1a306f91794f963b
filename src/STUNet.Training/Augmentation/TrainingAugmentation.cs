namespace STUNet.Training;

/// <summary>
/// nnU-Net's augmentation of training samples, the same steps with the same probabilities and ranges in versions 1 and 2. All parameters of a sample are
/// drawn first, in the order of the steps, then applied.
/// </summary>
/// <param name="Channels">Channels of the image.</param>
/// <param name="InPlane">Whether augmentation is 2D, slice by slice (<see cref="LoaderPatch.IsAugmentedInPlane"/>).</param>
/// <param name="MaskedChannels">Per channel whether it was normalised inside the nonzero mask; empty for none.</param>
/// <param name="MirrorAxes">Axes 0, 1, 2 that may be flipped.</param>
public sealed record TrainingAugmentation(int Channels, bool InPlane, IReadOnlyList<bool> MaskedChannels, IReadOnlyList<int> MirrorAxes)
{
    /// <summary>What validation does, and training last: <see cref="OutsideLabelRemoval"/>.</summary>
    public static IReadOnlyList<IAugmentation> Validation { get; } = [new OutsideLabelRemoval()];

    /// <summary>Draws the augmentation of one sample.</summary>
    /// <param name="random">The sample's random numbers.</param>
    public DrawnAugmentation Draw(SampleRandom random)
    {
        SpatialTransform spatial = SpatialTransform.Draw(random, InPlane);
        IAugmentation?[] steps =
        [
            GaussianNoise.Draw(random),
            GaussianBlur.Draw(random, Channels),
            BrightnessScaling.Draw(random, Channels),
            ContrastScaling.Draw(random, Channels),
            LowResolution.Draw(random, Channels, InPlane),
            GammaCorrection.Draw(random, Channels, isInverted: true),
            GammaCorrection.Draw(random, Channels, isInverted: false),
            Mirroring.Draw(random, MirrorAxes),
            MaskedChannels.Contains(true) ? new NonzeroMask(MaskedChannels) : null,
            .. Validation,
        ];
        return new DrawnAugmentation(spatial, [.. steps.OfType<IAugmentation>()]);
    }
}
