using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A sum of as many terms as voxels in the batch.</summary>
public sealed class ChannelSumCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(ChannelSumOp);

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

    private static OpCase Case(Shape shape) => new(new ChannelSumOp(), [new(shape)]) { Terms = (int)(shape.N * shape.Voxels) };
}
