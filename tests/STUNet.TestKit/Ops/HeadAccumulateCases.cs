using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>
/// Logits err by up to d, like a sum of C + 1 products of magnitude 1. A share p errs by at most 2 * p * (1 - p) * d &lt;= d / 2 from that; the sum of
/// K exponentials adds K / 4 roundings (four lanes at least) and p's own few, which the other half of d leaves room for. All that is weighted by at most
/// 0.125; the sum, below 2, is rounded by half an ulp here and in the reference, 2^-24 each. Without softmax a logit errs by d
/// alone. It lies below 10 (33 products of standard deviation 1/3 at most), so its weight's rounding moves it by 10 / 8 * 2^-24, and the sum, below 3, is
/// rounded by 2 * 2^-24 on either side.
/// </summary>
public sealed class HeadAccumulateCases : IOpCases
{
    private const float Weight = 0.125f;

    /// <inheritdoc/>
    public Type OpType => typeof(HeadAccumulateOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach ((int channels, int classes) in ((int, int)[])[(1, 2), (3, 5), (8, 8), (13, 16), (16, 17), (32, 105)])
            {
                for (int flip = 0; flip < 8; flip++)
                {
                    yield return Head(channels, classes, new(3, 2, 7), (FlipAxes)flip, classes + 1 + (flip % 3));
                    yield return Head(channels, classes, new(3, 2, 7), (FlipAxes)flip, classes + 1 + (flip % 3), softmax: false);
                }
            }

            yield return Head(32, 105, new(1, 1, 1), FlipAxes.None, 106);
            yield return Head(70, 130, new(5, 3, 9), FlipAxes.Z | FlipAxes.X, 133);
            yield return Head(70, 130, new(5, 3, 9), FlipAxes.Y, 131, softmax: false);
            yield return Head(32, 105, new(128, 128, 128), FlipAxes.None, 112) with { IsBenchmark = true };
            yield return Head(32, 105, new(128, 128, 128), FlipAxes.None, 112, softmax: false) with { IsBenchmark = true };
        }
    }

    private static OpCase Head(int channels, int classes, Int3 patch, FlipAxes flip, int accumulatorChannels, bool softmax = true)
    {
        Int3 volume = new(patch.D + 6, patch.H + 3, patch.W + 2);
        TensorDesc[] inputs =
            [new(new Shape(1, channels, patch)), new(new Shape(classes, channels, 1, 1, 1)), new(Shape.Channels(classes)), new(new Shape(1, 1, patch))];
        return new OpCase(new HeadAccumulateOp(softmax), inputs)
        {
            Parameters = [1, 2],
            Terms = channels + 1,
            Magnitude = Weight,
            Roundings = softmax ? 2 : 6,
            Window = new WindowCase(new(5, 2, 1), flip, volume, patch.D + 1, accumulatorChannels, Weight),
        };
    }
}
