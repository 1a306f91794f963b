using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Four roundings of magnitudes up to (1 + 1) * 1 * 1 + 1 + 1.</summary>
public sealed class InstanceNormApplyCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(InstanceNormApplyOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
            {
                foreach (bool hasResidual in (bool[])[false, true])
                {
                    yield return Apply(shape, hasResidual, 1);
                    yield return Apply(shape, hasResidual, 0.01f);
                }
            }

            yield return Apply(OpShapes.Large, hasResidual: false, 0.01f) with { IsBenchmark = true };
            yield return Apply(OpShapes.Large, hasResidual: true, 0.01f) with { IsBenchmark = true };
        }
    }

    private static OpCase Apply(Shape shape, bool hasResidual, float slope)
    {
        TensorDesc parameter = new(Shape.Channels(shape.C));
        TensorDesc[] inputs = [new(shape), new(new Shape(shape.N, shape.C, 2, 1, 1)), parameter, parameter, .. hasResidual ? (TensorDesc[])[new(shape)] : []];
        return new OpCase(new InstanceNormApplyOp(hasResidual, slope), inputs) { Parameters = [2, 3], Magnitude = 4 };
    }
}
