namespace STUNet.Inference;

/// <summary>Wall-clock time of one step.</summary>
/// <param name="Step">The step.</param>
/// <param name="Duration">Its time.</param>
public readonly record struct StepTime(SegmentationStep Step, TimeSpan Duration)
{
    /// <summary>The stage the step belongs to.</summary>
    public SegmentationStage Stage => Step switch
    {
        SegmentationStep.Reading => SegmentationStage.Reading,
        SegmentationStep.Cropping or SegmentationStep.Resampling or SegmentationStep.Normalisation => SegmentationStage.Preprocessing,
        SegmentationStep.Windows or SegmentationStep.Accumulator => SegmentationStage.Network,
        SegmentationStep.Export => SegmentationStage.Export,
        _ => SegmentationStage.Writing,
    };
}
