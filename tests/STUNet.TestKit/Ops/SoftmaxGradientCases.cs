using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A sum over the classes, then two roundings.</summary>
public sealed class SoftmaxGradientCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(SoftmaxGradientOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases => OpShapes.Odd.Select(shape => new OpCase(new SoftmaxGradientOp(), [new(shape), new(shape)]) { Terms = shape.C });
}
