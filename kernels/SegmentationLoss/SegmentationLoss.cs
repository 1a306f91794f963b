using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The loss of nnU-Net at one resolution: cross entropy plus negative soft Dice, of softmax probabilities against labels or of sigmoids against
/// regions. With I the sum of p * g, P of p and G of g over the annotated voxels of one class, s = 1e-5:
/// Dice = -mean over foreground classes (labels: all but 0; regions: all), and over samples unless <see cref="BatchDice"/>, of (2 I + s) / (P + G + s).
/// Cross entropy is the mean over annotated voxels; of regions also over regions, but with an ignore label summed over them (nnU-Net v2.2).
/// </summary>
/// <param name="Dice">Form of the denominator.</param>
/// <param name="BatchDice">Whether I, P and G are summed over the batch first.</param>
/// <param name="HasRegions">
/// Targets are (N, R, ...) of 0 and 1, one channel per logit, instead of (N, 1, ...) labels; with an ignore label (N, R + 1, ...), the last channel
/// marking voxels to leave out.
/// </param>
/// <param name="IgnoreLabel">Label of voxels that are not annotated; null for none.</param>
public sealed record SegmentationLoss(DiceForm Dice, bool BatchDice, bool HasRegions = false, int? IgnoreLabel = null)
{
    /// <summary>Added above and below the fraction.</summary>
    public const double Smooth = 1e-5;

    private const double Tiny = 1e-8;

    /// <summary>The first class that counts for Dice: background is left out of labels.</summary>
    public int FirstClass => HasRegions ? 0 : 1;

    /// <summary>The denominator for a sum of P and G.</summary>
    /// <param name="mass">P + G.</param>
    public double Denominator(double mass) => Dice == DiceForm.Version1 ? mass + Smooth + Tiny : Math.Max(mass + Smooth, Tiny);

    /// <summary>What the summed cross entropy is divided by.</summary>
    /// <param name="annotated">Annotated voxels of the batch.</param>
    /// <param name="classes">Logits per voxel.</param>
    public double EntropyCount(double annotated, int classes) => HasRegions && IgnoreLabel is null ? annotated * classes : Math.Max(annotated, Tiny);

    internal void Validate(string op, TensorDesc logits, TensorDesc target)
    {
        int channels = !HasRegions ? 1 : logits.Shape.C + (IgnoreLabel is null ? 0 : 1);
        if (target.DType != DType.U8 || target.Shape != logits.Shape with { C = channels })
            throw new ShapeException(op, $"target {target.Shape} {target.DType} must be {logits.Shape with { C = channels }} {DType.U8} for logits {logits.Shape}");
    }
}
