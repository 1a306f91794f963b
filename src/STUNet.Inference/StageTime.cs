namespace STUNet.Inference;

/// <summary>Wall-clock time of one stage.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Duration">Its time.</param>
public readonly record struct StageTime(SegmentationStage Stage, TimeSpan Duration);
