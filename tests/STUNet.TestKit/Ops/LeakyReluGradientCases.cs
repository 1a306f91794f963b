using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>One product, rounded once.</summary>
public sealed class LeakyReluGradientCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(LeakyReluGradientOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
                yield return new OpCase(new LeakyReluGradientOp(0.01f), [new(shape), new(shape)]);
            yield return new OpCase(new LeakyReluGradientOp(0.01f), [new(OpShapes.Large), new(OpShapes.Large)]) { IsBenchmark = true };
        }
    }
}
