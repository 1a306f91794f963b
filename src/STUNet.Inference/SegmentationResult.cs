using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>What a segmentation gives.</summary>
/// <param name="Labels">The label map, on the grid of the first channel.</param>
/// <param name="Times">Time per stage, in the order of the stages.</param>
/// <param name="Memory">The memory it was planned to take.</param>
/// <param name="Warnings">What the user should know, one sentence each.</param>
public sealed record SegmentationResult(
    LabelVolume Labels, IReadOnlyList<StageTime> Times, SegmentationMemoryPlan Memory, IReadOnlyList<string> Warnings);
