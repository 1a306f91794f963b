using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>The mean errs by a rounding of its magnitude; so does the reciprocal standard deviation, at most 1 / sqrt(epsilon) = 316.</summary>
public sealed class InstanceNormStatisticsCases : IOpCases
{
    /// <inheritdoc/>
    public Type OpType => typeof(InstanceNormStatisticsOp);

    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases
    {
        get
        {
            foreach (Shape shape in OpShapes.Odd)
            {
                foreach ((float mean, float scale) in ((float, float)[])[(0, 1), (3000, 1), (4096, 0.5f), (-4096, 0.0625f)])
                {
                    OpCase @case = new(new InstanceNormStatisticsOp(1e-5f), [new(shape)]) { Magnitude = Math.Max(316, Math.Abs(mean)) };
                    yield return @case with { Values = input => OpShapes.Shifted(@case, input, mean, scale) };
                }
            }

            yield return new OpCase(new InstanceNormStatisticsOp(1e-5f), [new(OpShapes.Large)]) { IsBenchmark = true };
        }
    }
}
