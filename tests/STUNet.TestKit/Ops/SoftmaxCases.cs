using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Values up to 1; the sum of K exponentials errs at most by K roundings, and so does every share.</summary>
public sealed class SoftmaxCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(SoftmaxOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
            {
                yield return new OpCase(new SoftmaxOp(), [new(shape)]) { Terms = shape.C };
                OpCase wide = new(new SoftmaxOp(), [new(shape)]) { Terms = shape.C };
                yield return wide with { Values = input => OpShapes.Shifted(wide, input, 1000, 60) };
            }

            yield return new OpCase(new SoftmaxOp(), [new(OpShapes.Large with { C = 105 })]) { IsBenchmark = true };
        }
    }
}
