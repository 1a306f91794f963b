using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>One sum, rounded once; at most 2.</summary>
public sealed class AddCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(AddOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
                yield return new OpCase(new AddOp(), [new(shape), new(shape)]) { Magnitude = 2 };
            TensorDesc weight = new(new Shape(5, 7, 3, 1, 3), Layout.NCDHW); // contributions to one gradient
            yield return new OpCase(new AddOp(), [weight, weight]) { Magnitude = 2 };
            yield return new OpCase(new AddOp(), [new(OpShapes.Large), new(OpShapes.Large)]) { IsBenchmark = true };
        }
    }
}
