using System.Text.Json;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;

namespace STUNet.Tests.Inference;

/// <summary>Aggregated probabilities (v1) and logits (v2) of real tiny networks.</summary>
public sealed class SlidingGoldenTests
{
    private const string SlidingFile = "infer/sliding.safetensors";

    // The golden README's floor for probabilities.
    private const double Floor = 1e-6;

    public static IEnumerable<ITheoryDataRow> Cases => GoldenCases.Of(SlidingFile);

    [Theory]
    [MemberData(nameof(Cases))]
    public void StreamedProbabilities_GoldenCase_MatchReference(string name) =>
        GoldenCompare.Within(GoldenCases.Main.File(SlidingFile).Tensor($"{name}.v1"), Streamed(name, new Version1Rules(SegmentationMode.Normal), out _), Floor);

    [Theory]
    [MemberData(nameof(Cases))]
    public void StreamedLogits_GoldenCase_MatchReference(string name) =>
        GoldenCompare.Within(GoldenCases.Main.File(SlidingFile).Tensor($"{name}.v2"), Streamed(name, new Version2Rules(), out _));

    [Theory]
    [MemberData(nameof(Cases))]
    public void StreamedLogits_InHalfPrecision_EqualReferenceButForRoundings(string name)
    {
        float[] actual = Streamed(name, new Version2HalfRules(), out WindowGrid grid);
        GoldenTensor expected = GoldenCases.Main.File(SlidingFile).Tensor($"{name}.v2half");
        HalfPrecision.AssertClose(expected, actual, InferenceCases.MostWindowsOverOneVoxel(grid));
    }

    private static unsafe float[] Streamed(string name, InferenceRules rules, out WindowGrid grid)
    {
        GoldenFile file = GoldenCases.Main.File(SlidingFile);
        JsonElement parameters = file.Case(name);
        GoldenFile weights = GoldenCases.Main.File(parameters.GetProperty("parameters").GetString()!);
        StuNetConfig config = GoldenNetwork.ConfigOf(weights.Case(parameters.GetProperty("net").GetString()!));
        grid = new(parameters.Size("shape"), parameters.Size("patch"), parameters.GetProperty("step").GetDouble());
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
            device, StuNet.RecordWindow(config, grid.Patch, rules.Values), InferenceCases.Parameters(weights), new() { PoisonWithNaN = true, Canaries = true });
        using AccumulatorMemory accumulators = new(device);
        WindowSums sums = rules.SumsOf(device, accumulators, device.Workers, grid, config.Classes, folds: 1);
        using StreamingPrediction prediction = new(
            device, [network], grid, rules.Passes.Over(parameters.GetProperty("axes").EnumerateArray().Select(axis => axis.GetInt32())), sums);
        ProbabilityRecorder recorder = new(config.Classes, grid.Volume);
        using HostSlices slices = new(device, grid, sums, recorder);
        prediction.Run(new VolumeBinding(padded, 0, config.InputChannels, grid.Padded), slices, new StepClock(), null, CancellationToken.None);
        return recorder.Values;
    }
}
