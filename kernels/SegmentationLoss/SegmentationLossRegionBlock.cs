using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// As many voxels of regions as a vector has lanes, logits and targets as floats: whole vectors whatever the number of regions, and few regions fill them. Where there is
/// nothing to add (voxels that are not annotated, places behind the last voxel or the last region) the logit is one whose p is 0 in single precision, and the target 0.
/// </summary>
/// <param name="loss">The loss.</param>
/// <param name="logits">Logits, channels last.</param>
/// <param name="target">Targets, channels last.</param>
/// <param name="lanes">Floats of a vector.</param>
internal readonly unsafe struct SegmentationLossRegionBlock(SegmentationLoss loss, TensorView logits, TensorView target, int lanes)
{
    // exp(-100) is below the least normal float.
    private const float Nothing = -100;
    private readonly int _regions = logits.Desc.Shape.C;
    private readonly int _pitch = logits.Desc.ChannelPitch;

    /// <summary>Floats of a block of a tensor; the region at a place is its remainder by the pitch.</summary>
    public int Floats => FloatsOf(logits.Desc, lanes);

    /// <summary>Floats of a block of a tensor.</summary>
    /// <param name="logits">Logits.</param>
    /// <param name="lanes">Floats of a vector.</param>
    public static int FloatsOf(TensorDesc logits, int lanes) => logits.ChannelPitch * lanes;

    /// <summary>Whether operands lie as a block is read.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="logits">Logits.</param>
    /// <param name="target">Target.</param>
    public static bool Supports(SegmentationLoss loss, TensorDesc logits, TensorDesc target) =>
        loss.HasRegions && (logits.Layout, logits.DType, target.Layout) == (Layout.NDHWC, DType.F32, Layout.NDHWC);

    /// <summary>Reads voxels.</summary>
    /// <param name="first">Index of the first in the batch.</param>
    /// <param name="count">How many; at most as many as lanes.</param>
    /// <param name="values">Room for the logits of a block.</param>
    /// <param name="present">Room for the targets of a block.</param>
    /// <returns>How many are annotated.</returns>
    public int Load(long first, int count, float* values, float* present)
    {
        new Span<float>(values, Floats).Fill(Nothing);
        new Span<float>(present, Floats).Clear();
        int annotated = 0;
        for (int i = 0; i < count; i++, values += _pitch, present += _pitch)
        {
            float* source = logits.Floats + ((first + i) * _pitch);
            byte* marks = target.Bytes + ((first + i) * target.Desc.ChannelPitch);
            if (loss.IgnoreLabel is not null && marks[_regions] != 0)
                continue;
            annotated++;
            for (int k = 0; k < _regions; k++)
                (values[k], present[k]) = (source[k], marks[k]);
        }

        return annotated;
    }
}
