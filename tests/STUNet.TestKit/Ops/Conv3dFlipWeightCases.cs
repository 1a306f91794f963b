using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Copies.</summary>
public sealed class Conv3dFlipWeightCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(Conv3dFlipWeightOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases =>
        ((Shape[])[new(5, 3, 3, 3, 3), new(16, 33, 1, 3, 3), new(7, 1, 1, 1, 1), new(2, 4, 5, 3, 1)])
        .Select(shape => new OpCase(new Conv3dFlipWeightOp(), [new(shape, Layout.NCDHW)]));
}
