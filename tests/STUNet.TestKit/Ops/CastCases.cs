using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A conversion, rounded once to nearest even: all kernels agree exactly.</summary>
public sealed class CastCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(CastOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            DType[] types = [DType.F32, DType.F16, DType.BF16];
            foreach (Shape shape in OpShapes.Odd)
            {
                foreach (DType source in types)
                {
                    foreach (DType target in types)
                        yield return new OpCase(new CastOp(target), [new(shape, Layout.NDHWC, source)]);
                }

                yield return new OpCase(new CastOp(DType.F16), [new(shape, Layout.NCDHW)]);
            }

            yield return new OpCase(new CastOp(DType.F16), [new(OpShapes.Large)]) { IsBenchmark = true };
        }
    }
}
