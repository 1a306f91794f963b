using STUNet.Core;
using STUNet.Model;
using STUNet.OpRunner;
using STUNet.TestKit;
using STUNet.TestKit.Ops;
using STUNet.Training;

namespace STUNet.Tests.Gpu;

/// <summary>Whole training steps with activations of 16 bits on the OpenCL device, beside the same in float32.</summary>
public sealed class MixedPrecisionTests
{
    private const int Steps = 10;
    private const float Rate = 0.01f;

    private static readonly Lazy<Trajectory> Float32 = new(() => Train(Precision.F32));

    /// <summary>
    /// With u the unit roundoff, 2^-11 or 2^-8, logits err by e = sqrt(L) * u of their scale in the root mean square (<see cref="GpuPrecisionPlanTests"/>, L = 11 convolutions in a row), and the loss, a
    /// mean over voxels of terms that move by at most twice what a logit does, by 2 * e. Gradients go back through as many convolutions, with values that err from the way forward and errors of their own:
    /// a share of d = sqrt(4 * L) * u of their norm. So do the parameters' ways, as each is a sum of gradients: two runs that have gone a way w (the sum of the lengths of all steps) end at most d * w
    /// apart, and their losses differ by the gradient's norm g times that. Altogether 2 * e + d * w * g, with scale, w and g from the float32 run, and a factor of 2 as there, for gammas and residual sums.
    /// </summary>
    [Theory]
    [InlineData(Precision.F16)]
    [InlineData(Precision.BF16)]
    [InlineData(Precision.TF32)]
    public void Step_TenOfATinyNetwork_FollowFloat32WithinRoundingOfActivations(Precision precision)
    {
        if (precision == Precision.TF32)
            LongTests.Require("ten steps in TF32, whose parts have tests of their own, 20 seconds");
        Trajectory expected = Float32.Value;
        Trajectory actual = Train(precision);
        const int ConvolutionsInARow = 11;
        double unit = precision == Precision.BF16 ? Math.Pow(2, -8) : Math.Pow(2, -11);
        double logits = 2 * Math.Sqrt(ConvolutionsInARow) * unit * expected.LogitScale;
        double share = 2 * Math.Sqrt(4 * ConvolutionsInARow) * unit;
        double steepest = expected.Results.Max(result => result.GradientNorm);
        double way = 0;
        for (int step = 0; step < Steps; step++)
        {
            double limit = (2 * logits) + (share * way * steepest);
            double error = Math.Abs(expected.Results[step].Loss - actual.Results[step].Loss);
            Assert.True(error <= limit, $"step {step}: loss {actual.Results[step].Loss}, in float32 {expected.Results[step].Loss}, error {error:E3} > {limit:E3}");
            TestContext.Current.TestOutputHelper!.WriteLine($"{step}: {expected.Results[step].Loss:F5} {actual.Results[step].Loss:F5} error {error:E2} of {limit:E2}; norm {expected.Results[step].GradientNorm:F4} {actual.Results[step].GradientNorm:F4}");
            way += expected.StepLengths[step];
        }

        Assert.InRange(Math.Abs(expected.Results[0].GradientNorm - actual.Results[0].GradientNorm), 1e-9, share * steepest);
        Assert.NotEqual(expected.Values, actual.Values);
        Assert.True(actual.Results[^1].Loss < actual.Results[0].Loss, "it does not learn");
        Trajectory again = Train(precision);
        Assert.Equal(actual.Values, again.Values);
        Assert.Equal(actual.Results, again.Results);
    }

    [Fact]
    public void Run_GradientsBeyondBinary16AtFirst_SkipsStepsAndResumesAnywhereWithTheSameBits()
    {
        TrainerSettings settings = Of(Precision.F16) with { Epochs = 4 };
        float factor = 4 * SmallestFactorThatOverflows(settings);
        using TemporaryFolder folder = new();
        Begin(folder["whole"], settings, factor);
        TrainingRun.Of(folder["whole"], settings, device: OpenCl.Device);
        string final = Path.Combine(folder["whole"], TrainingFolder.FinalFile);
        using (TrainingCheckpoint checkpoint = TrainingCheckpoint.Open(final))
        {
            LossScale scale = checkpoint.State.LossScale!;
            Assert.InRange(scale.SkippedSteps, 1, 7);
            Assert.InRange(scale.GoodSteps, 1, (settings.Epochs * settings.IterationsPerEpoch) - scale.SkippedSteps);
            Assert.Equal(factor * MathF.Pow(2, -scale.SkippedSteps), scale.Factor);
        }

        int batches = settings.IterationsPerEpoch + settings.ValidationIterations;
        foreach (int done in (int[])[1, batches + 1])
        {
            string parts = folder[$"parts-{done}"];
            Begin(parts, settings, factor);
            TrainingRun.Of(parts, settings, progress => (progress.Epoch * batches) + progress.Done == done, device: OpenCl.Device);
            TrainingRun.Of(parts, settings, device: OpenCl.Device);
            Assert.Equal(File.ReadAllBytes(final), File.ReadAllBytes(Path.Combine(parts, TrainingFolder.FinalFile)));
        }
    }

    // A step beyond it is left out: nothing changes.
    private static float SmallestFactorThatOverflows(TrainerSettings settings)
    {
        using TrainingNetwork network = Open(settings.Step);
        float[] before = ValuesOf(network);
        for (float factor = LossScale.Initial; factor < MathF.Pow(2, 60); factor *= 2)
        {
            TrainingStepResult result = network.Step(Image(settings.Step), scale => Target(settings.Step, scale), 0, 1, factor);
            Assert.True(float.IsFinite(result.Loss));
            if (float.IsFinite(result.GradientNorm))
                continue;
            float[] untouched = ValuesOf(network);
            network.Step(Image(settings.Step), scale => Target(settings.Step, scale), Rate, 1, factor);
            Assert.Equal(untouched, ValuesOf(network));
            Assert.NotEqual(before, untouched); // the momentum of the steps before
            return factor;
        }

        throw new InvalidOperationException("No factor leaves binary16.");
    }

    private static TrainerSettings Of(Precision precision)
    {
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, epochs: 3);
        StuNetConfig network = new(inputChannels: 1, classes: 3, dims: [8, 16, 16], depth: [1, 1, 1], strides: [new(2, 2, 2), new(2, 2, 2)]);
        return settings with { Step = settings.Step with { Network = network, Precision = precision, ScalesLoss = precision == Precision.F16 } };
    }

    private static void Begin(string folder, TrainerSettings settings, float factor)
    {
        using TrainingFolder opened = TrainingFolder.Open(folder, isContinued: true);
        using TinyCases cases = new();
        using TrainingNetwork network = Open(settings.Step);
        TrainingState state = new() { Momentum = 0.99f, LossScale = new LossScale { Factor = factor } };
        TrainingCheckpoint.Write(opened[TrainingFolder.LatestFile], network, state, settings.Describe(), TinyTraining.Split.HashFor(cases));
    }

    private static TrainingNetwork Open(TrainingStepSettings settings) =>
        new(settings, OpenCl.Device, new FreshParameters(new InitialParameters(settings.Network, InitialisationScheme.V2, 1)));

    private static Trajectory Train(Precision precision)
    {
        TrainingStepSettings settings = Of(precision).Step;
        using TrainingNetwork network = Open(settings);
        float[] logits = NetworkLogits.Of(network, OpenCl.Device, Image(settings));
        TrainingStepResult[] results = new TrainingStepResult[Steps];
        double[] lengths = new double[Steps];
        float[] values = ParametersOf(network);
        for (int step = 0; step < Steps; step++)
        {
            results[step] = network.Step(Image(settings), scale => Target(settings, scale), Rate, step + 1, settings.ScalesLoss ? LossScale.Initial : 1);
            float[] next = ParametersOf(network);
            lengths[step] = Math.Sqrt(next.Zip(values, (a, b) => ((double)a - b) * (a - b)).Sum());
            values = next;
        }

        return new Trajectory(results, lengths, values, Math.Sqrt(logits.Average(value => (double)value * value)));
    }

    private static float[] Image(TrainingStepSettings settings) => OpCase.Uniform(settings.BatchSize * settings.Patch.Product, "image");

    // What the image is about to be learnt: bright voxels are 2, dark ones 0; coarser targets are every second voxel.
    private static ReadOnlyMemory<short> Target(TrainingStepSettings settings, int scale)
    {
        float[] image = Image(settings);
        Int3 patch = settings.Patch;
        int step = 1 << scale;
        List<short> target = [];
        for (int n = 0; n < settings.BatchSize; n++)
        {
            for (int d = 0; d < patch.D; d += step)
            {
                for (int h = 0; h < patch.H; h += step)
                {
                    for (int w = 0; w < patch.W; w += step)
                        target.Add(image[(((((n * patch.D) + d) * patch.H) + h) * patch.W) + w] is var value && value > 0.3f ? (short)2 : value > -0.3f ? (short)1 : (short)0);
                }
            }
        }

        return target.ToArray();
    }

    private static float[] ParametersOf(TrainingNetwork network) => Read(network, network.Variables.Where(name => !name.StartsWith("momentum/", StringComparison.Ordinal)));

    private static float[] ValuesOf(TrainingNetwork network) => Read(network, network.Variables);

    private static float[] Read(TrainingNetwork network, IEnumerable<string> names) =>
    [
        .. names.Order(StringComparer.Ordinal).SelectMany(name =>
        {
            float[] values = new float[network.CountOf(name)];
            network.Read(name, values);
            return values;
        }),
    ];

    private sealed record Trajectory(TrainingStepResult[] Results, double[] StepLengths, float[] Values, double LogitScale);
}
