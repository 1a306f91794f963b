using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Four roundings of magnitudes up to 1 + 1 + (1 + 1) * 1, sums of uniform values being divided by the voxels, or multiplied by their rounded inverse. Behind an activation and without.</summary>
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
            {
                yield return Case(shape, slope: 1);
                yield return Case(shape, slope: 0.25f);
            }

            yield return Case(OpShapes.Large, slope: 1) with { IsBenchmark = true };
        }
    }

    private static OpCase Case(Shape shape, float slope)
    {
        TensorDesc perSample = new(new Shape(shape.N, shape.C, 2, 1, 1));
        TensorDesc perChannel = new(Shape.Channels(shape.C), Layout.NCDHW);
        return new OpCase(new InstanceNormGradientOp(slope), slope == 1 ? [new(shape), perSample, perChannel, perSample, new(shape)] : [new(shape), perSample, perChannel, perSample, new(shape), perChannel])
        {
            Parameters = slope == 1 ? [2] : [2, 5],
            Magnitude = 4,
        };
    }
}
