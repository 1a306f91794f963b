using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Inputs the loss's ops share: every form of the loss, labels and regions with voxels left out, and sums as a batch gives them.</summary>
public sealed class SegmentationLossCases : IOpCases
{
    private const int Ignored = 200;

    /// <summary>Every form.</summary>
    internal static IReadOnlyList<SegmentationLoss> Losses { get; } =
    [
        .. from dice in Enum.GetValues<DiceForm>()
           from batch in (bool[])[false, true]
           from regions in (bool[])[false, true]
           from ignore in (int?[])[null, Ignored]
           select new SegmentationLoss(dice, batch, regions, ignore),
    ];

    /// <summary>Shapes of logits.</summary>
    internal static IReadOnlyList<Shape> Shapes { get; } = [new(1, 2, 3, 5, 7), new(2, 3, 2, 3, 5), new(2, 17, 3, 4, 5), new(1, 105, 2, 3, 5), new(1, 16, 1, 1, 1)];

    /// <inheritdoc/>
    public Type OpType => typeof(SegmentationLossOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases =>
        from shape in Shapes
        from loss in Losses
        select new OpCase(new SegmentationLossOp(loss, 0.5f), [new(shape), Target(loss, shape), Sums(shape)])
        {
            Values = input => ValuesOf(loss, shape, input),
            Magnitude = 2,
            Terms = shape.N * shape.C,
        };

    internal static TensorDesc Sums(Shape logits) => new(new Shape(logits.N, logits.C, SegmentationLossSumsOp.Sums, 1, 1));

    internal static TensorDesc Target(SegmentationLoss loss, Shape logits) =>
        new(logits with { C = loss.HasRegions ? logits.C + (loss.IgnoreLabel is null ? 0 : 1) : 1 }, Layout.NDHWC, DType.U8);

    /// <summary>Target and sums; null for what is uniform.</summary>
    internal static float[]? ValuesOf(SegmentationLoss loss, Shape logits, int input) => input switch
    {
        1 => Labels(loss, Target(loss, logits).Shape, logits.C),
        2 => [.. OpCase.Uniform(Sums(logits).Shape.Count, $"{logits}").Select((value, i) => SumOf(value, i / logits.C, logits))],
        _ => null,
    };

    private static float[] Labels(SegmentationLoss loss, Shape target, int classes)
    {
        float[] values = OpCase.Uniform(target.Count, $"{target}");
        for (int i = 0; i < values.Length; i++)
        {
            float share = (values[i] + 1) / 2; // uniform in [0, 1)
            values[i] = loss.HasRegions ? (share < 0.4f ? 1 : 0)
                : loss.IgnoreLabel is { } ignore && share > 0.8f ? ignore
                : (int)(share * classes);
        }

        return values;
    }

    // Dense order (n, k, sum): every sum lies between a tenth and a half of the voxels, and all voxels are annotated.
    private static float SumOf(float value, int place, Shape logits)
    {
        int sum = place % SegmentationLossSumsOp.Sums;
        return logits.Voxels * (sum == SegmentationLossSumsOp.Annotated ? 1 : 0.3f + (0.2f * value));
    }
}
