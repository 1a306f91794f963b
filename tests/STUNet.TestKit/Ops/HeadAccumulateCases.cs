using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Logits err like a sum of C products of magnitude 1, and so do the probabilities; sum and probability together are at most 2.</summary>
public sealed class HeadAccumulateCases : IOpCases
{
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
                    yield return Head(channels, classes, new(3, 2, 7), (FlipAxes)flip, classes + 1 + (flip % 3));
            }

            yield return Head(32, 105, new(1, 1, 1), FlipAxes.None, 106);
            yield return Head(32, 105, new(128, 128, 128), FlipAxes.None, 112) with { IsBenchmark = true };
        }
    }

    private static OpCase Head(int channels, int classes, Int3 patch, FlipAxes flip, int accumulatorChannels)
    {
        Int3 volume = new(patch.D + 6, patch.H + 3, patch.W + 2);
        TensorDesc[] inputs =
            [new(new Shape(1, channels, patch)), new(new Shape(classes, channels, 1, 1, 1)), new(Shape.Channels(classes)), new(new Shape(1, 1, patch))];
        return new OpCase(new HeadAccumulateOp(), inputs)
        {
            Parameters = [1, 2],
            Terms = channels + 1,
            Magnitude = 2,
            Window = new WindowCase(new(5, 2, 1), flip, volume, patch.D + 1, accumulatorChannels, Weight: 0.125f),
        };
    }
}
