using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Exact.</summary>
public sealed class LossScaleCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(LossScaleOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases =>
    [
        new(new LossScaleOp(new TensorDesc(Shape.Channels(3), Layout.NCDHW)), []),
        new(new LossScaleOp(new TensorDesc(new Shape(2, 17, 2, 3, 5))), []),
    ];
}
