using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A sum of as many terms as copies.</summary>
public sealed class UpsampleNearestGradientCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(UpsampleNearestGradientOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
            {
                foreach (Int3 factor in (Int3[])[new(2, 2, 2), new(1, 2, 3), new(1, 1, 2), Int3.One])
                    yield return Case(shape, factor);
            }

            yield return Case(new(1, 32, 64, 64, 64), new(2, 2, 2)) with { IsBenchmark = true };
        }
    }

    private static OpCase Case(Shape small, Int3 factor) =>
        new(new UpsampleNearestGradientOp(factor), [new(new Shape(small.N, small.C, Int3.From(axis => small.Size[axis] * factor[axis])))]) { Terms = (int)factor.Product };
}
