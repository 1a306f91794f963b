using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>Sums in double: one rounding of at most the square root of the number of elements.</summary>
public sealed class GlobalNormCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(GlobalNormOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases =>
    [
        Case([new(5, 3, 3, 3, 3)]),
        Case([new(1, 7, 1, 1, 1), new(33, 17, 3, 3, 3), new(1, 1, 1, 1, 1), new(64, 65, 3, 3, 3)]),
        Case([new(512, 512, 3, 3, 3)]) with { IsBenchmark = true },
    ];

    private static OpCase Case(Shape[] shapes) =>
        new(new GlobalNormOp(), [.. shapes.Select(shape => new TensorDesc(shape, Layout.NCDHW))]) { Magnitude = Math.Sqrt(shapes.Sum(shape => shape.Count)) };
}
