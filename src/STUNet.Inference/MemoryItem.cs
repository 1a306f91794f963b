namespace STUNet.Inference;

/// <summary>One buffer of a segmentation.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="First">The first stage that needs it.</param>
/// <param name="Last">The last stage that needs it.</param>
public sealed record MemoryItem(string Name, long Bytes, SegmentationStage First, SegmentationStage Last);
