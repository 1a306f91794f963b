using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>One product, rounded once.</summary>
public sealed class LeakyReluCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(LeakyReluOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
                yield return new OpCase(new LeakyReluOp(0.01f), [new(shape)]);
            yield return new OpCase(new LeakyReluOp(0.01f), [new(OpShapes.Large)]) { IsBenchmark = true };
        }
    }
}
