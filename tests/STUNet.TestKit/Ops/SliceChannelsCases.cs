using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Copies: no rounding, but the tolerance of one.</summary>
public sealed class SliceChannelsCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(SliceChannelsOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
            {
                yield return new OpCase(new SliceChannelsOp(0, (shape.C + 1) / 2), [new(shape)]);
                yield return new OpCase(new SliceChannelsOp(shape.C / 2, shape.C - (shape.C / 2)), [new(shape)]);
            }

            yield return new OpCase(new SliceChannelsOp(16, 16), [new(OpShapes.Large)]) { IsBenchmark = true };
        }
    }
}
