using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;

namespace STUNet.Tests.Inference;

/// <summary>Whole v1 cases with the golden set's stand-in network through the same streaming code as the real one.</summary>
public sealed class NnunetInferenceGoldenTests
{
    private const double UnitRoundoff = 1.0 / (1 << 24);

    public static IEnumerable<ITheoryDataRow> Files =>
        GoldenCases.Rows(GoldenSet.Nnunet, set => set.FilesBelow("infer/", ".safetensors").Select(file => (object)file.Name));

    [Theory]
    [MemberData(nameof(Files))]
    public void Probabilities_GoldenCase_MatchReference(string name)
    {
        Case golden = Case.Read(name);
        using CpuDevice device = new(2);
        SegmenterOptions options = golden.Options(SegmentationMode.Normal);
        using PreprocessedCase volume = golden.Prepare(device);
        using AccumulatorMemory accumulators = new(device);
        CasePredictor predictor = new(golden.Manifest, options, device, device.Workers, golden.Folds);

        ProbabilityRecorder network = new(golden.Classes, volume.Grid.Volume);
        predictor.Stream(volume, network, accumulators, new StepClock(), null, CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, volume.Grid.Volume.D), network.Slices);
        Within(golden.File.Tensor("v1.prob"), network.Values, golden, volume);

        Int3 cropped = volume.Geometry.CroppedInNetworkOrder;
        ProbabilityRecorder exported = new(golden.Classes, cropped);
        using (SliceInterpolator interpolator = new(
            volume.Grid.Volume, volume.Geometry.ExportSampling(golden.Manifest.Export), golden.Classes, exported, device.Workers))
            predictor.Stream(volume, interpolator, accumulators, new StepClock(), null, CancellationToken.None);
        Assert.Equal(golden.Parameters.GetProperty("v1").Axis("export_axis"), volume.Geometry.ExportSeparateAxis);
        Within(golden.File.Tensor("v1.prob_export"), exported.Transposed([.. golden.Manifest.TransposeBackward]), golden, volume);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Segment_GoldenCaseEveryMode_LabelsMatchReference(string name)
    {
        Case golden = Case.Read(name);
        foreach (SegmentationMode mode in Enum.GetValues<SegmentationMode>())
        {
            using CpuDevice device = new(2);
            using Segmenter segmenter = new(golden.Manifest, device, golden.Options(mode), golden.Folds);
            SegmentationResult result = segmenter.Segment(golden.Image);
            string word = mode.ToString().ToLowerInvariant();
            Labels(golden.File.Tensor($"v1.{word}.seg"), golden.File.Tensor($"v1.{word}.ambiguous"), result.Labels);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void NetworkLabels_GoldenCaseFastAndFastest_MatchReference(string name)
    {
        Case golden = Case.Read(name);
        using CpuDevice device = new(2);
        using PreprocessedCase volume = golden.Prepare(device);
        using AccumulatorMemory accumulators = new(device);
        foreach (SegmentationMode mode in (ReadOnlySpan<SegmentationMode>)[SegmentationMode.Fast, SegmentationMode.Fastest])
        {
            string word = mode.ToString().ToLowerInvariant();
            CasePredictor predictor = new(golden.Manifest, golden.Options(mode), device, device.Workers, golden.Folds);
            LabelVolume labels = predictor.NetworkLabels(volume, accumulators, new StepClock(), null, CancellationToken.None);
            Labels(golden.File.Tensor($"v1.{word}.network_labels"), golden.File.Tensor($"v1.{word}.network_ambiguous"), labels);
        }
    }

    private static void Within(GoldenTensor expected, float[] actual, Case golden, PreprocessedCase volume)
    {
        // n windows, folds and mirrorings are added one by one to a binary32 sum of probabilities and to one of weights (the reference first averages
        // the mirrorings). Equal addends round the same way every time, so errors add up: each sum is off by at most (n - 1) u of itself and their
        // quotient by twice that, where the set's own rule (4 f32_err, or 2 u sqrt(n)) expects errors of random sign.
        int n = golden.Folds.Count << golden.Manifest.MirrorAxes.Length;
        for (int axis = 0; axis < 3; axis++)
            n *= MostWindowsOverOneVoxel(volume.Grid, axis);
        GoldenCompare.Within(expected.Name, expected.ToSingles(), actual, Math.Max(4 * expected.F32Err, 2 * n * UnitRoundoff * expected.Scale));
    }

    private static int MostWindowsOverOneVoxel(WindowGrid grid, int axis)
    {
        int[] starts = [.. grid.Starts(axis)];
        return Enumerable.Range(0, grid.Padded[axis]).Max(voxel => starts.Count(start => start <= voxel && voxel < start + grid.Patch[axis]));
    }

    private static void Labels(GoldenTensor expected, GoldenTensor ambiguous, LabelVolume actual)
    {
        Assert.Equal(expected.Bytes.Length, actual.As<byte>().Length);
        for (int i = 0; i < expected.Bytes.Length; i++)
        {
            if (ambiguous.Bytes[i] == 0)
                Assert.True(expected.Bytes[i] == actual[i], $"{expected.Name}[{i}]: expected {expected.Bytes[i]}, got {actual[i]}");
        }
    }

    private sealed record Case(GoldenFile File, JsonElement Parameters, ModelManifest Manifest, IReadOnlyList<Volume> Image, IReadOnlyList<WindowPredictor> Folds)
    {
        public int Classes => Manifest.Architecture.Classes;

        public static Case Read(string name)
        {
            GoldenFile file = GoldenCases.Nnunet.File(name);
            JsonElement parameters = file.Case(file.CaseNames.Single());
            ModelManifest manifest = InferenceCases.Manifest(parameters, parameters.GetProperty("channels").GetInt32(), parameters.GetProperty("classes").GetInt32());
            Int3 size = parameters.Size("shape");
            VolumeGeometry geometry = new(size, parameters.Spacing("spacing"));
            float[] raw = file.Tensor("raw").ToSingles();
            Volume[] image = [.. raw.Chunk((int)size.Product).Select(channel => new Volume(geometry, channel))];
            WindowPredictor[] folds = [.. Enumerable.Range(0, parameters.GetProperty("folds").GetInt32()).Select(fold => new StandInPredictor(
                manifest.Architecture.Classes,
                manifest.Channels.Length,
                manifest.PatchSize,
                file.Tensor($"net.{fold}.A").ToSingles(),
                file.Tensor($"net.{fold}.B").ToSingles(),
                file.Tensor($"net.{fold}.D").ToSingles()))];
            return new Case(file, parameters, manifest, image, folds);
        }

        public SegmenterOptions Options(SegmentationMode mode) => new() { StepSize = Parameters.GetProperty("step").GetDouble(), Mode = mode };

        public PreprocessedCase Prepare(CpuDevice device) =>
            new CasePreprocessor(Manifest, Parameters.GetProperty("step").GetDouble(), device.Workers).Run(Image, new StepClock(), CancellationToken.None);
    }
}
