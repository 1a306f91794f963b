using STUNet.Core;
using STUNet.Engine;

namespace STUNet.Inference;

/// <summary>How a <see cref="Segmenter"/> predicts. The defaults are those of nnU-Net, v1 and v2.</summary>
public sealed record SegmenterOptions
{
    /// <summary>Whether every window is also predicted mirrored along the model's mirror axes and the results averaged.</summary>
    public bool Mirroring { get; init; } = true;

    /// <summary>Distance of neighbouring windows as a fraction of the patch size, above 0 and at most 1.</summary>
    public double StepSize { get; init; } = 0.5;

    /// <summary>How probabilities become labels; models of nnU-Net v2 have the default only.</summary>
    public SegmentationMode Mode { get; init; }

    /// <summary>
    /// Whether sums of logits are rounded to binary16 as nnU-Net 2.2 itself does, for comparisons with its results; about half a percent of the labels
    /// differ from those of exact sums. For models of v2, on the CPU.
    /// </summary>
    public bool HalfPrecisionSums { get; init; }

    /// <summary>What the network computes with: float32, or on GPUs what their tensor cores multiply. All that is around the network is float32 with any.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// Whether cases may have their probabilities written (<see cref="SegmentationCase.Probabilities"/>), which mode normal alone has. Voxels are then labelled on the host, also where the device could:
    /// on a CPU the labels are the same.
    /// </summary>
    public bool Probabilities { get; init; }

    /// <summary>Whether the model's postprocessing, where it has one, is applied to the label maps.</summary>
    public bool Postprocessing { get; init; } = true;

    /// <summary>
    /// The most memory a segmentation may plan for; one that needs more is refused before anything is allocated. Cases are then segmented one
    /// after another, not overlapped. Null for no limit.
    /// </summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>How the network is planned; for tests and measurements.</summary>
    public PlanOptions Plan { get; init; } = new();
}
