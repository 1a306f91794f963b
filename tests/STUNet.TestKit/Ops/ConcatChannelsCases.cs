using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A copy: the tolerance is far below a wrong element.</summary>
public sealed class ConcatChannelsCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(ConcatChannelsOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
            {
                yield return new OpCase(new ConcatChannelsOp(), [new(shape), new(shape)]);
                yield return new OpCase(new ConcatChannelsOp(), [new(shape), new(shape with { C = 5 })]);
            }

            yield return new OpCase(new ConcatChannelsOp(), [new(OpShapes.Large), new(OpShapes.Large)]) { IsBenchmark = true };
        }
    }
}
