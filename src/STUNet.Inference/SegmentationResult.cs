using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>What a segmentation gives.</summary>
/// <param name="Labels">The label map, on the grid of the first channel.</param>
/// <param name="Steps">Time per step, in the order of the steps.</param>
/// <param name="Memory">The memory it was planned to take.</param>
/// <param name="Warnings">What the user should know, one sentence each.</param>
public sealed record SegmentationResult(
    LabelVolume Labels, IReadOnlyList<StepTime> Steps, SegmentationMemoryPlan Memory, IReadOnlyList<string> Warnings)
{
    /// <summary>Time per stage, in the order of the stages.</summary>
    public IReadOnlyList<StageTime> Times =>
        [.. Steps.GroupBy(step => step.Stage).Select(steps => new StageTime(steps.Key, steps.Aggregate(TimeSpan.Zero, (sum, step) => sum + step.Duration)))];
}
