using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A sum over the voxels of products of up to (1 + 1) * 1 * 1. Behind an activation and without.</summary>
public sealed class InstanceNormGradientSumsCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(InstanceNormGradientSumsOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in (Shape[])[.. OpShapes.Odd, new(2, 5, 3, 9, 17), OpShapes.SeveralPieces])
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
        return new(new InstanceNormGradientSumsOp(slope), slope == 1 ? [new(shape), perSample, new(shape)] : [new(shape), perSample, new(shape), perChannel, perChannel])
        {
            Parameters = slope == 1 ? [] : [3, 4],
            Terms = (int)shape.Voxels,
            Magnitude = 2,
        };
    }
}
