using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Kernels;

/// <summary>Every reference against numbers worked out by hand: the oracle of all other kernel tests is itself judged here.</summary>
public sealed class ReferenceTests
{
    [Fact]
    public void LeakyRelu_HandWorked() =>
        Check(new LeakyReluOp(0.5f), [2, 0, -1, -0f], [new Shape(1, 2, 1, 1, 2)], [[2, 0, -2, -0f]]);

    [Fact]
    public void Add_HandWorked() =>
        Check(new AddOp(), [11, 22, 33], [new Shape(1, 3, 1, 1, 1), new Shape(1, 3, 1, 1, 1)], [[1, 2, 3], [10, 20, 30]]);

    [Fact]
    public void UpsampleNearest_HandWorked() => Check(
        new UpsampleNearestOp(new Int3(1, 2, 3)),
        [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4],
        [new Shape(1, 1, 1, 2, 2)],
        [[1, 2, 3, 4]]);

    [Fact]
    public void ConcatChannels_BatchOfTwo_HandWorked() => Check(
        new ConcatChannelsOp(), [1, 10, 20, 2, 30, 40], [new Shape(2, 1, 1, 1, 1), new Shape(2, 2, 1, 1, 1)], [[1, 2], [10, 20, 30, 40]]);

    [Fact]
    public void Softmax_LogarithmsOfOddsTwoVoxels_HandWorked() =>
        Check(new SoftmaxOp(), [0.25f, 0.5f, 0.75f, 0.5f], [new Shape(1, 2, 1, 1, 2)], [[0, 7, MathF.Log(3), 7]], 1e-7);

    [Fact]
    public void ArgMax_TiesAndNaN_HandWorked() => Check(
        new ArgMaxOp(), [1, 0, 2, 0], [new Shape(1, 3, 1, 1, 4)],
        [[0, 5, float.NaN, float.NaN, 4, 5, 1, float.NaN, 4, 5, 2, float.NaN]]);

    [Fact]
    public void InstanceNormStatistics_HandWorked() =>
        Check(new InstanceNormStatisticsOp(0), [2, 1, 5, 0.5f], [new Shape(1, 2, 1, 1, 2)], [[1, 3, 3, 7]]);

    [Fact]
    public void InstanceNormApply_ResidualAndSlope_HandWorked() => Check(
        new InstanceNormApplyOp(HasResidual: true, ActivationSlope: 0.25f),
        [13, -1.75f],
        [new Shape(1, 1, 1, 1, 2), new Shape(1, 1, 2, 1, 1), Shape.Channels(1), Shape.Channels(1), new Shape(1, 1, 1, 1, 2)],
        // (4 - 2) * 0.5 * 10 + 1 + 2 = 13; (0 - 2) * 0.5 * 10 + 1 + 2 = -7, times 0.25.
        [[4, 0], [2, 0.5f], [10], [1], [2, 2]]);

    [Fact]
    public void Relayout_TwoChannels_HandWorked()
    {
        OpCase @case = new(new RelayoutOp(Layout.NDHWC), [new TensorDesc(new Shape(1, 2, 1, 1, 3), Layout.NCDHW)]) { Values = _ => [1, 2, 3, 4, 5, 6] };
        Assert.Equal([1, 2, 3, 4, 5, 6], Reference(@case));
    }

    [Theory]
    [InlineData(DType.F16, 1.00048828125f, 1)] // 1 + 2^-11: a tie, to even
    [InlineData(DType.F16, 1e6f, float.PositiveInfinity)]
    [InlineData(DType.BF16, 1.00390625f, 1)] // 1 + 2^-8: a tie, to even
    [InlineData(DType.BF16, 1.01171875f, 1.015625f)] // 1 + 3 * 2^-8: a tie, to even
    public void Cast_Rounding_HandWorked(DType target, float value, float expected)
    {
        OpCase @case = new(new CastOp(target), [new TensorDesc(Shape.Channels(1))]) { Values = _ => [value] };
        Assert.Equal([expected], Reference(@case));
    }

    [Fact]
    public void WindowLoad_MirroredAlongXAtAnOrigin_HandWorked()
    {
        // The harness fills the source; what matters is which of its voxels arrive where.
        WindowCase window = new(new Int3(1, 0, 1), FlipAxes.X, new Int3(2, 2, 4), RingDepth: 2, Channels: 1, Weight: 1);
        OpCase @case = new(new WindowLoadOp(1, new Int3(1, 2, 2)), []) { Window = window };
        float[] source = OpCase.Uniform(16, @case.Name + "source");
        Assert.Equal([source[8 + 2], source[8 + 1], source[8 + 4 + 2], source[8 + 4 + 1]], Reference(@case));
    }

    [Fact]
    public void GaussianAccumulate_MirroredRingWrapped_HandWorked()
    {
        // Window of 2 x 1 x 1 at z = 1 in a ring of depth 2: window slice 0 mirrored is z = 2, ring slice 0; slice 1 is z = 1, ring slice 1.
        WindowCase window = new(new Int3(1, 0, 0), FlipAxes.Z, new Int3(3, 1, 1), RingDepth: 2, Channels: 3, Weight: 0.5f);
        OpCase @case = new(new GaussianAccumulateOp(), [new TensorDesc(new Shape(1, 2, 2, 1, 1)), new TensorDesc(new Shape(1, 1, 2, 1, 1))])
        {
            Window = window,
            Values = input => input == 0 ? [1, 2, 3, 4] : [8, 16],
        };
        float[] before = OpCase.Uniform(6, @case.Name + "accumulator");
        float[] added = [0.5f * 16 * 1, 0.5f * 16 * 3, 0.5f * 16, 0.5f * 8 * 2, 0.5f * 8 * 4, 0.5f * 8];
        AssertClose([.. before.Zip(added, (sum, term) => sum + term)], Reference(@case), 4e-6);
    }

    [Fact]
    public void HeadAccumulate_TwoClasses_HandWorked()
    {
        // Logits ln 1 + 0 and ln 3 + 0 through weights (0, 1) on x = ln 3: probabilities 1/4 and 3/4.
        WindowCase window = new(default, FlipAxes.None, new Int3(1, 1, 1), RingDepth: 1, Channels: 3, Weight: 1);
        OpCase @case = new(
            new HeadAccumulateOp(),
            [
                new TensorDesc(new Shape(1, 1, 1, 1, 1)), new TensorDesc(new Shape(2, 1, 1, 1, 1), Layout.NCDHW), new TensorDesc(Shape.Channels(2), Layout.NCDHW),
                new TensorDesc(new Shape(1, 1, 1, 1, 1)),
            ])
        {
            Window = window,
            Values = input => input switch { 0 => [MathF.Log(3) - 1], 1 => [0, 1], 2 => [0, 1], _ => [2] },
        };
        float[] before = OpCase.Uniform(3, @case.Name + "accumulator");
        AssertClose([before[0] + 0.5f, before[1] + 1.5f, before[2] + 2], Reference(@case), 1e-6);
    }

    [Theory]
    [InlineData(156, 1f / 64)]
    [InlineData(1563, 1f / 64)]
    [InlineData(15625, 1f / 64)]
    [InlineData(1563, 0)] // a constant channel: only epsilon is left
    public void InstanceNormStatistics_MeanFarAboveTheDeviation_EveryKernelKeepsTheDeviation(float mean, float unit)
    {
        // Values mean + {-1, +1} * unit with unit a power of two at or above the spacing of floats near the mean: exact inputs, deviation = unit.
        Shape shape = new(2, 17, 5, 7, 8);
        OpCase @case = new(new InstanceNormStatisticsOp(1e-5f), [new TensorDesc(shape)])
        {
            Values = _ => [.. Enumerable.Range(0, (int)shape.Count).Select(i => mean + ((i & 1) == 0 ? unit : -unit))],
        };
        double expected = 1 / Math.Sqrt(((double)unit * unit) + 1e-5);
        foreach (SimdLevel level in Enum.GetValues<SimdLevel>())
        {
            using CpuDevice device = new(2, level);
            foreach (IKernel kernel in KernelHarness.KernelsFor(device, @case))
            {
                float[] statistics = KernelCheck.Compute(device, kernel, @case);
                for (int i = 0; i < statistics.Length; i++)
                {
                    bool isMean = i % 2 == 0;
                    double error = isMean ? Math.Abs(statistics[i] / mean - 1) : Math.Abs((statistics[i] / expected) - 1);
                    Assert.True(error <= 1e-5, $"{kernel.Name}: {(isMean ? "mean" : "rstd")} {statistics[i]} is off by {error:E2}");
                }
            }
        }
    }

    private static void Check(Op op, float[] expected, Shape[] shapes, float[][] inputs, double tolerance = 0)
    {
        OpCase @case = new(op, [.. shapes.Select(shape => new TensorDesc(shape))]) { Values = input => inputs[input] };
        AssertClose(expected, Reference(@case), tolerance);
    }

    private static float[] Reference(OpCase @case)
    {
        using CpuDevice device = new(2);
        return KernelCheck.Expected(device, @case);
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs((double)expected[i] - actual[i]) <= tolerance, $"[{i}]: expected {expected[i]:R}, got {actual[i]:R}");
    }
}
