using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A copy: the tolerance is far below a wrong element.</summary>
public sealed class UpsampleNearestCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(UpsampleNearestOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Int3 factor in (Int3[])[new(1, 2, 2), new(2, 2, 2), new(1, 1, 2), new(3, 1, 2)])
            {
                foreach (Shape shape in OpShapes.Odd)
                    yield return new OpCase(new UpsampleNearestOp(factor), [new(shape)]);
            }

            yield return new OpCase(new UpsampleNearestOp(new(2, 2, 2)), [new(new Shape(1, 64, 64, 64, 64))]) { IsBenchmark = true };
        }
    }
}
