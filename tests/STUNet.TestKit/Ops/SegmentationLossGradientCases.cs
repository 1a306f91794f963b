using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>
/// With sums of a tenth to a half of V voxels, 1 / E is at most 1 / V, dDice/dp at most 2 / (0.2 V) and (2 I + s) / D^2 at most 1 / (0.04 V): below 40 / V in
/// all, and a sum over the classes of it.
/// </summary>
public sealed class SegmentationLossGradientCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(SegmentationLossGradientOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (SegmentationLoss loss in SegmentationLossCases.Losses)
            {
                foreach (Shape shape in SegmentationLossCases.Shapes)
                    yield return Case(loss, shape);
            }

            yield return Case(new(DiceForm.Version2, BatchDice: false), new(1, 105, 64, 64, 64)) with { IsBenchmark = true };
            yield return Case(new(DiceForm.Version2, BatchDice: false, HasRegions: true), new(1, 3, 64, 64, 64)) with { IsBenchmark = true };
        }
    }

    private static OpCase Case(SegmentationLoss loss, Shape shape) =>
        new(
            new SegmentationLossGradientOp(loss, 0.5f),
            [new(shape), SegmentationLossCases.Target(loss, shape), SegmentationLossCases.Sums(shape), new(Shape.Channels(SegmentationLossOp.Parts), Layout.NCDHW)])
        {
            Values = input => SegmentationLossCases.ValuesOf(loss, shape, input),
            Magnitude = 40.0 / shape.Voxels,
            Terms = shape.C,
        };
}
