using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A sum of as many terms as samples.</summary>
public sealed class InstanceNormParameterGradientCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(InstanceNormParameterGradientOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases =>
        from shape in OpShapes.Odd
        from sum in (int[])[InstanceNormGradientSumsOp.Gradients, InstanceNormGradientSumsOp.Products]
        select new OpCase(new InstanceNormParameterGradientOp(sum), [new(new Shape(shape.N, shape.C, 2, 1, 1))]) { Terms = shape.N };
}
