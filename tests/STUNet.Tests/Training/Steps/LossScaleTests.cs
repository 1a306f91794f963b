using STUNet.Core;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.OpRunner;
using STUNet.TestKit;
using STUNet.TestKit.Ops;
using STUNet.Training;

namespace STUNet.Tests.Training.Steps;

/// <summary>Factors on the loss. In float32, which needs none, they must change no bit, so that every device can prove them.</summary>
public sealed class LossScaleTests
{
    private static readonly TrainerSettings Scaled = Of(scalesLoss: true);

    [Fact]
    public void After_GoodAndBadSteps_FollowsGradScaler()
    {
        LossScale scale = new();
        for (int step = 0; step < 1999; step++)
            scale = scale.After(isFinite: true);
        Assert.Equal(new LossScale { Factor = 65536, GoodSteps = 1999 }, scale);
        Assert.Equal(new LossScale { Factor = 131072, GoodSteps = 0 }, scale.After(isFinite: true));
        LossScale halved = scale.After(isFinite: false);
        Assert.Equal(new LossScale { Factor = 32768, GoodSteps = 0, SkippedSteps = 1 }, halved);
        Assert.Equal(new LossScale { Factor = 32768, GoodSteps = 1, SkippedSteps = 1 }, halved.After(isFinite: true));
        LossScale largest = new() { Factor = MathF.Pow(2, 127), GoodSteps = 1999 };
        Assert.Equal(largest with { GoodSteps = 0 }, largest.After(isFinite: true));
    }

    [Theory]
    [InlineData(TestDevices.Cpu, false)]
    [InlineData(TestDevices.Cpu, true)]
    [InlineData(GpuDevice.OpenCL, false)]
    [InlineData(GpuDevice.OpenCL, true)]
    public void Step_ScaledByAPowerOfTwo_ChangesNoBit(string deviceName, bool isAdamW)
    {
        Optimiser optimiser = isAdamW ? new AdamW() : new Sgd();
        Device device = TestDevices.Open(deviceName);
        (float[] Values, float[] Norms) plain = Train(device, Of(scalesLoss: false).Step with { Optimiser = optimiser }, 1);
        (float[] Values, float[] Norms) scaled = Train(device, Scaled.Step with { Optimiser = optimiser }, 65536);
        Assert.Equal(plain.Values, scaled.Values);
        Assert.Equal(plain.Norms, scaled.Norms);
        Assert.All(plain.Norms, norm => Assert.True(norm > 0));
    }

    [Theory]
    [InlineData(TestDevices.Cpu)]
    [InlineData(GpuDevice.OpenCL)]
    public void Step_GradientsBeyondTheElementType_ChangesNothing(string deviceName)
    {
        Device device = TestDevices.Open(deviceName);
        (float[] Values, float[] Norms) before = Train(device, Scaled.Step, 65536, steps: 0);
        (float[] Values, float[] Norms) after = Train(device, Scaled.Step, MathF.Pow(2, 127));
        Assert.All(after.Norms, norm => Assert.False(float.IsFinite(norm)));
        Assert.Equal(before.Values, after.Values);
    }

    [Fact]
    public void Run_FactorTooLargeAtFirst_SkipsStepsAndResumesAnywhereWithTheSameBits()
    {
        using TemporaryFolder folder = new();
        Begin(folder["whole"]);
        IReadOnlyList<EpochRecord> expected = TrainingRun.Of(folder["whole"], Scaled);
        string final = Path.Combine(folder["whole"], TrainingFolder.FinalFile);
        using (TrainingCheckpoint checkpoint = TrainingCheckpoint.Open(final))
        {
            LossScale scale = checkpoint.State.LossScale!;
            Assert.InRange(scale.SkippedSteps, 1, 4);
            Assert.Equal(Scaled.Epochs * Scaled.IterationsPerEpoch, scale.SkippedSteps + scale.GoodSteps);
            Assert.Equal(MathF.Pow(2, 127 - scale.SkippedSteps), scale.Factor);
        }

        int batches = Scaled.IterationsPerEpoch + Scaled.ValidationIterations;
        for (int done = 1; done < Scaled.Epochs * batches; done++)
        {
            string parts = folder[$"parts-{done}"];
            Begin(parts);
            TrainingRun.Of(parts, Scaled, progress => (progress.Epoch * batches) + progress.Done == done);
            Assert.Equal(expected.Select(epoch => epoch.TrainingLoss), TrainingRun.Of(parts, Scaled).Select(epoch => epoch.TrainingLoss));
            Assert.Equal(File.ReadAllBytes(final), File.ReadAllBytes(Path.Combine(parts, TrainingFolder.FinalFile)));
        }
    }

    [Fact]
    public void Trainer_ScaledOrNot_IsNotGoneOnWithAsTheOther()
    {
        using TemporaryFolder folder = new();
        TrainingRun.Of(folder["scaled"], Scaled, progress => progress.Finished is not null);
        InvalidFileException refusal = Assert.Throws<InvalidFileException>(() => TrainingRun.Of(folder["scaled"], Of(scalesLoss: false)));
        Assert.Contains("settings.loss_scale: the training was begun with dynamic, but the default is asked for", refusal.Message);
        TrainerSettings half = Scaled with { Step = Scaled.Step with { Precision = Precision.F16 } };
        Assert.Equal("F16", half.Describe()["activations"]);
        Assert.False(Scaled.Describe().ContainsKey("activations"));
    }

    // Weights of the loss that give gradients of a norm of about 9, so that 2^127 times as much is beyond float32.
    private static TrainerSettings Of(bool scalesLoss)
    {
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, epochs: 3);
        return settings with { Step = settings.Step with { ScalesLoss = scalesLoss, Weights = [.. settings.Step.Weights.Select(weight => 16 * weight)] } };
    }

    // A checkpoint of no steps whose factor is beyond what float32 gradients bear.
    private static void Begin(string folder)
    {
        using TrainingFolder opened = TrainingFolder.Open(folder, isContinued: true);
        using CpuDevice device = new(1);
        using TinyCases cases = new();
        using TrainingNetwork network = new(Scaled.Step, device, new FreshParameters(new InitialParameters(TinyTraining.Network, InitialisationScheme.V2, 1)));
        TrainingState state = new() { Momentum = 0.99f, LossScale = new LossScale { Factor = MathF.Pow(2, 127) } };
        TrainingCheckpoint.Write(opened[TrainingFolder.LatestFile], network, state, Scaled.Describe(), TinyTraining.Split.HashFor(cases));
    }

    private static (float[] Values, float[] Norms) Train(Device device, TrainingStepSettings settings, float factor, int steps = 3)
    {
        using TrainingNetwork network = new(settings, device, new FreshParameters(new InitialParameters(TinyTraining.Network, InitialisationScheme.V2, 1)));
        float[] image = OpCase.Uniform(settings.BatchSize * settings.Patch.Product, "image");
        float[] norms = new float[steps];
        for (int step = 0; step < steps; step++)
            norms[step] = network.Step(image, scale => Target(settings, scale), 0.01f, step + 1, factor).GradientNorm;
        return ([.. network.Variables.Order(StringComparer.Ordinal).SelectMany(name =>
        {
            float[] values = new float[network.CountOf(name)];
            network.Read(name, values);
            return values;
        })], norms);
    }

    private static ReadOnlyMemory<short> Target(TrainingStepSettings settings, int scale)
    {
        long voxels = settings.BatchSize * settings.Patch.Product >> (3 * scale);
        return OpCase.Uniform(voxels, $"target {scale}").Select(value => (short)(value > 0.3f ? 2 : value > -0.3f ? 1 : 0)).ToArray();
    }
}
