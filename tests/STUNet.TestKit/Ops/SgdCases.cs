using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>A few roundings of magnitudes up to 2 + 1. Norms below and above the limit, and one that is not finite.</summary>
public sealed class SgdCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(SgdOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (float norm in (float[])[3, 100, float.NaN])
            {
                foreach (Shape shape in (Shape[])[new(5, 3, 3, 3, 3), Shape.Channels(17), Shape.Channels(1), new(33, 64, 3, 3, 3)])
                    yield return Case(shape, norm);
            }

            yield return Case(new(512, 512, 3, 3, 3), 3) with { IsBenchmark = true };
        }
    }

    private static OpCase Case(Shape shape, float norm)
    {
        TensorDesc parameter = new(shape, Layout.NCDHW);
        return new OpCase(new SgdOp(0.99f, 3e-5f, 12), [parameter, parameter, parameter, new(Shape.Channels(1), Layout.NCDHW)])
        {
            Values = input => input == 3 ? [norm] : null,
            Magnitude = 3,
        };
    }
}
