using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Exact.</summary>
public sealed class FillCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(FillOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases =>
    [
        new(new FillOp(1, new TensorDesc(Shape.Channels(3), Layout.NCDHW)), []),
        new(new FillOp(0, new TensorDesc(new Shape(5, 3, 3, 1, 2), Layout.NCDHW)), []),
        new(new FillOp(-2.5f, new TensorDesc(new Shape(2, 17, 2, 3, 5))), []),
    ];
}
