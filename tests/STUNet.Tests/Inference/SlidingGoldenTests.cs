using System.Text.Json;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;

namespace STUNet.Tests.Inference;

/// <summary>Aggregated v1 probabilities of real tiny networks.</summary>
public sealed class SlidingGoldenTests
{
    private const string SlidingFile = "infer/sliding.safetensors";

    // The golden README's floor for probabilities.
    private const double Floor = 1e-6;

    public static IEnumerable<ITheoryDataRow> Cases => GoldenCases.Of(SlidingFile);

    [Theory]
    [MemberData(nameof(Cases))]
    public unsafe void StreamedProbabilities_GoldenCase_MatchReference(string name)
    {
        GoldenFile file = GoldenCases.Main.File(SlidingFile);
        JsonElement parameters = file.Case(name);
        GoldenFile weights = GoldenCases.Main.File(parameters.GetProperty("parameters").GetString()!);
        StuNetConfig config = GoldenNetwork.ConfigOf(weights.Case(parameters.GetProperty("net").GetString()!));
        WindowGrid grid = new(parameters.Size("shape"), parameters.Size("patch"), parameters.GetProperty("step").GetDouble());
        for (int axis = 0; axis < 3; axis++)
        {
            Assert.Equal(parameters.GetProperty("starts")[axis].EnumerateArray().Select(start => start.GetInt32()), grid.Starts(axis).ToArray());
            Assert.Equal(parameters.GetProperty("padding_before")[axis].GetInt32(), grid.Before[axis]);
        }

        float[] image = file.Tensor($"{name}.x").ToSingles();
        using CpuDevice device = new(2);
        using CpuMemory padded = new(config.InputChannels * grid.Padded.Product * sizeof(float));
        for (int channel = 0; channel < config.InputChannels; channel++)
        {
            CasePreprocessor.Pad(
                image.AsSpan(channel * (int)grid.Volume.Product, (int)grid.Volume.Product), grid, (float*)padded.Pointer + (channel * grid.Padded.Product));
        }

        using NetworkPredictor network = new(
            device, StuNet.RecordWindow(config, grid.Patch), InferenceCases.Parameters(weights), new() { PoisonWithNaN = true, Canaries = true });
        using AccumulatorMemory accumulators = new(device);
        using StreamingPrediction prediction = new(
            device,
            accumulators,
            device.Workers,
            [network],
            config.Classes,
            grid,
            MirrorPasses.Over(parameters.GetProperty("axes").EnumerateArray().Select(axis => axis.GetInt32())),
            averageInHalf: false);
        ProbabilityRecorder recorder = new(config.Classes, grid.Volume);
        prediction.Run(new VolumeBinding(padded, 0, config.InputChannels, grid.Padded), recorder, new StepClock(), null, CancellationToken.None);
        GoldenCompare.Within(file.Tensor($"{name}.v1"), recorder.Values, Floor);
    }
}
