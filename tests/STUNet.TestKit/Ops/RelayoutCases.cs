using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A copy, both ways.</summary>
public sealed class RelayoutCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(RelayoutOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
            {
                foreach (DType type in (DType[])[DType.F32, DType.F16, DType.BF16])
                {
                    yield return new OpCase(new RelayoutOp(Layout.NCDHW), [new(shape, Layout.NDHWC, type)]);
                    yield return new OpCase(new RelayoutOp(Layout.NDHWC), [new(shape, Layout.NCDHW, type)]);
                }
            }

            yield return new OpCase(new RelayoutOp(Layout.NCDHW), [new(OpShapes.Large)]) { IsBenchmark = true };
            yield return new OpCase(new RelayoutOp(Layout.NDHWC), [new(OpShapes.Large, Layout.NCDHW)]) { IsBenchmark = true };
        }
    }
}
