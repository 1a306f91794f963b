using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Four roundings of magnitudes up to 1 + 1 + (1 + 1) * 1, sums of uniform values being divided by the voxels.</summary>
public sealed class InstanceNormGradientCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(InstanceNormGradientOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
                yield return Case(shape);
            yield return Case(OpShapes.Large) with { IsBenchmark = true };
        }
    }

    private static OpCase Case(Shape shape)
    {
        TensorDesc perSample = new(new Shape(shape.N, shape.C, 2, 1, 1));
        return new OpCase(new InstanceNormGradientOp(), [new(shape), perSample, new(Shape.Channels(shape.C), Layout.NCDHW), perSample, new(shape)])
        {
            Parameters = [2],
            Magnitude = 4,
        };
    }
}
