using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>
/// A few roundings of a parameter up to 1 and a step of rate * m / (sqrt(v) + Epsilon): with v at least 0.01 and m below 1 at most rate * 10, so a magnitude of 1 + 1.
/// Norms below and above the limit, and one that is not finite.
/// </summary>
public sealed class AdamWCases : IOpCases
{
    private const float LeastSecondMoment = 0.01f;

    /// <inheritdoc/>
    public Type OpType => typeof(AdamWOp);

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
        return new OpCase(new AdamWOp(0.9f, 0.999f, 1e-8f, 1e-2f, 12), [parameter, parameter, parameter, parameter, new(Shape.Channels(1), Layout.NCDHW)])
        {
            // A second moment is no less than 0.
            Values = input => input == 4 ? [norm] : input == 2 ? [.. OpCase.Uniform(shape.Count, "second").Select(value => MathF.Abs(value) + LeastSecondMoment)] : null,
            Magnitude = 2,
        };
    }
}
