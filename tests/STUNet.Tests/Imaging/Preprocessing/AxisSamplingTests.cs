using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Tests.Imaging.Preprocessing;

public sealed class AxisSamplingTests
{
    [Fact]
    public void Linear_OutsideTheSamples_KeepsBothWeightsOnTheEdge()
    {
        // 6 samples to 8: the first output lies at -0.125, the last at 5.125.
        AxisSampling sampling = AxisSampling.Linear(6, 8);
        Assert.Equal((0, 0, 0.125, 0.875), (sampling.Lower[0], sampling.Upper[0], sampling.LowerWeight[0], sampling.UpperWeight[0]));
        Assert.Equal((5, 5, 0.875, 0.125), (sampling.Lower[7], sampling.Upper[7], sampling.LowerWeight[7], sampling.UpperWeight[7]));
    }

    [Fact]
    public void ResampleLabels_TieAtTheBorder_RoundsAsSciPyDoes()
    {
        // Weights 3/4, 1/4 along z, the edge twice (1/8, 7/8) along y, 1/3, 2/3 along x: label 3 covers 3/4 * 1/3 + 1/4 = 1/2 in exact arithmetic. SciPy's
        // sum over the eight taps is 0.5, so label 3 wins; with one tap of weight 1 along y it would be 0.5 - 2^-54 and label 2 would.
        Int3 size = new(13, 6, 7);
        short[] labels = [.. Enumerable.Repeat((short)2, (int)size.Product)];
        labels[9 * 42] = labels[10 * 42] = labels[(10 * 42) + 1] = 3;
        short[] resized = new short[6 * 8 * 9];
        using WorkerPool pool = new(1);
        LabelResampler.Resample<short>(labels, size, resized, new Int3(6, 8, 9), InterpolationOrder.Linear, null, pool);
        Assert.Equal(3, resized[(4 * 72) + 1]);
    }
}
