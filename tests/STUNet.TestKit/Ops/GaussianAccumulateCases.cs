using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Sum, probability, weight and importance are at most 1 in magnitude: one product and one sum, at most 2.</summary>
public sealed class GaussianAccumulateCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(GaussianAccumulateOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd.Where(shape => shape.N == 1))
            {
                for (int flip = 0; flip < 8; flip++)
                    yield return Window(shape, (FlipAxes)flip, shape.C + 1 + (flip % 3));
            }

            Shape large = OpShapes.Large with { C = 105 };
            yield return Window(large, FlipAxes.None, 112) with { IsBenchmark = true };
        }
    }

    private static OpCase Window(Shape shape, FlipAxes flip, int channels)
    {
        // The ring is one slice deeper than the patch and starts in its middle, so that the window wraps around.
        Int3 volume = new(shape.D + 6, shape.H + 3, shape.W + 2);
        return new OpCase(new GaussianAccumulateOp(), [new(shape), new(shape with { C = 1 })])
        {
            Magnitude = 2,
            Window = new WindowCase(new(5, 2, 1), flip, volume, shape.D + 1, channels, Weight: 0.125f),
        };
    }
}
