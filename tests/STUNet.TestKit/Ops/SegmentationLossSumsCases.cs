using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A sum over voxels; a cross entropy of uniform logits is at most 2 + ln 105, below 7.</summary>
public sealed class SegmentationLossSumsCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(SegmentationLossSumsOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (SegmentationLoss loss in SegmentationLossCases.Losses.Where(loss => loss.Dice == DiceForm.Version2 && !loss.BatchDice))
            {
                foreach (Shape shape in (Shape[])[.. SegmentationLossCases.Shapes, OpShapes.SeveralPieces])
                    yield return Case(loss, shape);
            }

            // More voxels than those whose logarithms are taken as one, for every length of vectors.
            foreach (int? ignore in (int?[])[null, 0])
                yield return Case(new(DiceForm.Version2, BatchDice: false, HasRegions: true, ignore), new(2, 3, 2, 2, 1051));

            yield return Case(new(DiceForm.Version2, BatchDice: false), new(1, 105, 64, 64, 64)) with { IsBenchmark = true };
            yield return Case(new(DiceForm.Version2, BatchDice: false, HasRegions: true), new(1, 3, 64, 64, 64)) with { IsBenchmark = true };
        }
    }

    private static OpCase Case(SegmentationLoss loss, Shape shape) => new(new SegmentationLossSumsOp(loss), [new(shape), SegmentationLossCases.Target(loss, shape)])
    {
        Values = input => SegmentationLossCases.ValuesOf(loss, shape, input),
        Magnitude = 7,
        Terms = (int)shape.Voxels,
    };
}
