using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>
/// The sum of K exponentials errs at most by K roundings, and so does every share, relative to itself. Of logits in [-1, 1) the largest share is
/// e / (e + (K - 1) / e) = e^2 / (e^2 + K - 1); of logits that lie far apart it is 1.
/// </summary>
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
                double largest = Math.Exp(2) / (Math.Exp(2) + shape.C - 1);
                yield return new OpCase(new SoftmaxOp(), [new(shape)]) { Terms = shape.C, Magnitude = largest };
                OpCase wide = new(new SoftmaxOp(), [new(shape)]) { Terms = shape.C };
                yield return wide with { Values = input => OpShapes.Shifted(wide, input, 1000, 60) };
            }

            yield return new OpCase(new SoftmaxOp(), [new(OpShapes.Large with { C = 105 })]) { IsBenchmark = true };
        }
    }
}
