using STUNet.Core;
using STUNet.Model;
using STUNet.OpRunner;
using STUNet.TestKit;
using STUNet.TestKit.Ops;
using STUNet.Tests.Inference;
using STUNet.Training;

namespace STUNet.Tests.Training.Steps;

/// <summary>Memory and predictions of a network in training.</summary>
public sealed class TrainingNetworkTests
{
    private const int Voxels = 512;

    // Of the two the step, which keeps values for the way back, is the larger.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Validate_BesideSteps_TakesNoMemoryOfItsOwn(bool hasRegions)
    {
        TrainingStepSettings settings = Of(hasRegions);
        using RefusingDevice device = new();
        using TrainingNetwork network = Open(settings, device);
        long variables = network.Variables.Sum(network.CountOf) * sizeof(float);
        Assert.Equal(network.Report.ArenaBytes + (2 * network.Report.InputBytes) + variables, device.LiveBytes);
        int allocations = device.Allocations;
        byte[] predicted = new byte[network.PredictionCount];
        float[] image = Image(settings);
        short[][] targets = [.. Enumerable.Range(0, settings.Weights.Count).Select(scale => Target(settings, scale))];
        long logits = (long)settings.BatchSize * settings.Network.Classes * Voxels * sizeof(float);
        for (int i = 0; i < 2; i++)
        {
            network.Step(image, scale => targets[scale], 0.01f, i + 1);
            long before = GC.GetAllocatedBytesForCurrentThread();
            network.Validate(image, scale => targets[scale], predicted);
            if (i > 0)
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, logits / 4);
        }

        Assert.Equal(allocations, device.Allocations);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Validate_BetweenSteps_PredictsByTheLogitsAndChangesNothing(bool hasRegions)
    {
        TrainingStepSettings settings = Of(hasRegions);
        using CpuDevice device = new(2);
        using TrainingNetwork network = Open(settings, device);
        using TrainingNetwork undisturbed = Open(settings, device);
        byte[] predicted = new byte[network.PredictionCount];
        for (int i = 0; i < 3; i++)
        {
            float[] logits = NetworkLogits.Of(network, device, Image(settings));
            network.Validate(Image(settings), scale => Target(settings, scale), predicted);
            Assert.Equal(hasRegions ? [.. logits.Select(value => value > 0 ? (byte)1 : (byte)0)] : Labels(settings, logits), predicted);
            Assert.True(predicted.Distinct().Count() > 1, "one prediction everywhere proves little");
            Assert.Equal(
                undisturbed.Step(Image(settings), scale => Target(settings, scale), 0.1f, i + 1), network.Step(Image(settings), scale => Target(settings, scale), 0.1f, i + 1));
        }
    }

    [Theory]
    [InlineData(Precision.TF32)]
    [InlineData(Precision.F16)]
    [InlineData(Precision.BF16)]
    public void TrainingNetwork_OtherThanFloat32OnTheCpu_IsRefused(Precision precision)
    {
        using CpuDevice device = new(1);
        InvalidRequestException refusal = Assert.Throws<InvalidRequestException>(() => Open(Of(hasRegions: false) with { Precision = precision }, device));
        Assert.Contains($"Training in {precision.Name()} needs a GPU", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainingNetwork_MoreClassesThanLabels_IsRefused()
    {
        TrainingStepSettings settings = Of(hasRegions: false);
        StuNetConfig wide = new(inputChannels: 1, classes: 257, dims: [4, 4, 8], depth: [1, 1, 1], strides: [new(2, 2, 2), new(2, 2, 2)]);
        using CpuDevice device = new(1);
        Assert.Contains("257 classes", Assert.Throws<InvalidRequestException>(() => Open(settings with { Network = wide }, device).Dispose()).Message, StringComparison.Ordinal);
    }

    private static TrainingStepSettings Of(bool hasRegions)
    {
        TrainingStepSettings step = TinyTraining.Of(NnunetVersion.V2, epochs: 1).Step;
        return step with { Loss = step.Loss with { HasRegions = hasRegions } };
    }

    private static TrainingNetwork Open(TrainingStepSettings settings, Device device) =>
        new(settings, device, new FreshParameters(new InitialParameters(settings.Network, InitialisationScheme.V1, 1)));

    private static byte[] Labels(TrainingStepSettings settings, float[] logits)
    {
        int classes = settings.Network.Classes;
        return [.. Enumerable.Range(0, settings.BatchSize * Voxels).Select(voxel =>
            (byte)Enumerable.Range(0, classes).MaxBy(k => logits[(((voxel / Voxels * classes) + k) * Voxels) + (voxel % Voxels)]))];
    }

    private static float[] Image(TrainingStepSettings settings) => OpCase.Uniform(settings.BatchSize * settings.Patch.Product, "image");

    private static short[] Target(TrainingStepSettings settings, int scale)
    {
        int count = settings.BatchSize * ((int)settings.Patch.Product >> (3 * scale));
        return settings.Loss.HasRegions
            ? [.. Enumerable.Range(0, count * settings.Network.Classes).Select(i => (short)(i / 3 % 2))]
            : [.. Enumerable.Range(0, count).Select(i => (short)(i / 3 % settings.Network.Classes))];
    }
}
