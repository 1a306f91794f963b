namespace STUNet.Inference;

/// <summary>How far a segmentation has come.</summary>
/// <param name="Case">Name of the case; empty where one volume is segmented by itself.</param>
/// <param name="Stage">What it is busy with.</param>
/// <param name="Done">Pieces of the stage that are done; network passes for <see cref="SegmentationStage.Network"/>.</param>
/// <param name="Total">Pieces of the stage.</param>
public readonly record struct SegmentationProgress(string Case, SegmentationStage Stage, int Done, int Total);
