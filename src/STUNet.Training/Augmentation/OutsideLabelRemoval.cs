namespace STUNet.Training;

/// <summary>Makes what lies outside of the case background.</summary>
public sealed record OutsideLabelRemoval : IAugmentation
{
    /// <inheritdoc/>
    public void Apply(SamplePatch patch, AugmentationScratch scratch) => patch.Labels.Span.Replace(PatchCropping.OutsideLabel, (short)0);
}
