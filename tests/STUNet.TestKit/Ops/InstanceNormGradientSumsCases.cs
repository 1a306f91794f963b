using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A sum over the voxels of products of up to (1 + 1) * 1 * 1.</summary>
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
                yield return Case(shape);
            yield return Case(OpShapes.Large) with { IsBenchmark = true };
        }
    }

    private static OpCase Case(Shape shape) =>
        new(new InstanceNormGradientSumsOp(), [new(shape), new(new Shape(shape.N, shape.C, 2, 1, 1)), new(shape)]) { Terms = (int)shape.Voxels, Magnitude = 2 };
}
