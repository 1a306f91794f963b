using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Inference;

/// <summary>Image file in, label map out, against the reference pipeline run in double precision.</summary>
public sealed class EndToEndGoldenTests
{
    // The golden README's floors.
    private const double ProbabilityFloor = 1e-6;
    private const double OrderThreeFloorOfRange = 1e-5;

    public static IEnumerable<ITheoryDataRow> Files => GoldenCases.FilesBelow("e2e/", ".safetensors");

    public static IEnumerable<ITheoryDataRow> FilesOfBothVersions => Files.SelectMany(row => Enum.GetValues<NnunetVersion>().Select(version =>
        new TheoryDataRow(row.GetData()[0], version) { Skip = row.Skip }));

    [Theory]
    [MemberData(nameof(FilesOfBothVersions))]
    public void Segment_GoldenCase_LabelsEqualReference(string name, NnunetVersion version)
    {
        Case golden = Case.Read(name, version);
        string word = NnunetVersionName.Of(version);
        using CpuDevice device = new(2);
        using SegmentationModel model = new(golden.Manifest, [InferenceCases.Parameters(golden.Weights)]);
        using Segmenter segmenter = new(model, device, golden.Options);
        SegmentationResult result = segmenter.Segment(golden.Image);

        GoldenTensor expected = golden.File.Tensor($"{word}.labels");
        byte[] ambiguous = golden.File.Tensor($"{word}.ambiguous").Bytes;
        for (int i = 0; i < expected.Bytes.Length; i++)
        {
            bool comparable = (ambiguous[i / 8] >> (7 - (i % 8)) & 1) == 0;
            Assert.True(!comparable || result.Labels[i] == expected.Bytes[i], $"voxel {i}: expected {expected.Bytes[i]}, got {result.Labels[i]}");
        }

        Assert.Same(golden.Image[0].Geometry, result.Labels.Geometry);
        if (version != NnunetVersion.V1)
            return;
        LabelVolume written = VolumeFile.ReadLabels(golden.LabelFile.OpenPath());
        Assert.Equal(expected.Bytes, written.As<byte>().ToArray());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Segment_InHalfPrecision_LabelsEqualReferenceButForRoundings(string name)
    {
        Case golden = Case.Read(name, NnunetVersion.V2);
        SegmenterOptions options = golden.Options with { HalfPrecisionSums = true };
        using CpuDevice device = new(2);
        using SegmentationModel model = new(golden.Manifest, [InferenceCases.Parameters(golden.Weights)]);
        using Segmenter segmenter = new(model, device, options);
        LabelVolume labels = segmenter.Segment(golden.Image).Labels;

        using PreprocessedCase volume = new CasePreprocessor(golden.Manifest, options.StepSize, device.Workers).Run(golden.Image, new StepClock(), CancellationToken.None);
        using NetworkPredictor network = golden.Network(device);
        using AccumulatorMemory accumulators = new(device);
        int classes = golden.Manifest.Architecture.Classes;
        ProbabilityRecorder exported = new(classes, volume.Geometry.CroppedInNetworkOrder);
        using SliceInterpolator interpolator = new(volume.Grid.Volume, volume.Geometry.ExportSampling(golden.Manifest.Export), classes, exported, device.Workers);
        new CasePredictor(golden.Manifest, options, device, device.Workers, [network]).Stream(volume, interpolator, accumulators, new StepClock(), null, CancellationToken.None);
        HalfPrecision.AssertLabels(golden.File.Tensor("v2half.labels"), labels, exported, volume, InferenceCases.MostWindowsOverOneVoxel(volume.Grid));
    }

    [Theory]
    [MemberData(nameof(FilesOfBothVersions))]
    public unsafe void Stages_GoldenCase_MatchReferenceAtSamples(string name, NnunetVersion version)
    {
        Case golden = Case.Read(name, version);
        string word = NnunetVersionName.Of(version);
        double floor = version == NnunetVersion.V1 ? ProbabilityFloor : 0;
        using CpuDevice device = new(2);
        ModelManifest manifest = golden.Manifest;
        using PreprocessedCase volume = new CasePreprocessor(manifest, golden.Options.StepSize, device.Workers).Run(golden.Image, new StepClock(), CancellationToken.None);
        JsonElement expected = golden.Parameters.GetProperty(word);
        Assert.Equal(expected.GetProperty("windows").EnumerateArray().Select(count => count.GetInt32()), Enumerable.Range(0, 3).Select(axis => volume.Grid.Starts(axis).Length));

        int channels = golden.Image.Count;
        Int3 size = volume.Grid.Volume;
        float[] preprocessed = new float[channels * size.Product];
        for (int i = 0; i < preprocessed.Length; i++)
            preprocessed[i] = ((float*)volume.Voxels.Pointer)[PaddedIndex(volume.Grid, i)];
        GoldenTensor sampled = golden.File.Tensor($"{word}.preprocessed.at");
        Sampled(golden.File, $"{word}.preprocessed", preprocessed, OrderThreeFloorOfRange * 2 * sampled.Scale);

        using NetworkPredictor network = golden.Network(device);
        CasePredictor predictor = new(manifest, golden.Options, device, device.Workers, [network]);
        int classes = manifest.Architecture.Classes;
        ProbabilityRecorder window = new(classes, size);
        using AccumulatorMemory accumulators = new(device);
        predictor.Stream(volume, window, accumulators, new StepClock(), null, CancellationToken.None);
        Sampled(golden.File, $"{word}.window", window.Values, floor);

        ProbabilityRecorder back = new(classes, volume.Geometry.CroppedInNetworkOrder);
        using SliceInterpolator interpolator = new(
            size, volume.Geometry.ExportSampling(manifest.Export), classes, back, device.Workers);
        predictor.Stream(volume, interpolator, accumulators, new StepClock(), null, CancellationToken.None);
        Sampled(golden.File, $"{word}.resampled_back", back.Transposed([.. manifest.TransposeBackward]), floor);
    }

    private static long PaddedIndex(WindowGrid grid, long index)
    {
        (Int3 size, Int3 padded, Int3 before) = (grid.Volume, grid.Padded, grid.Before);
        long x = index % size.W;
        long y = index / size.W % size.H;
        long z = index / ((long)size.W * size.H) % size.D;
        long channel = index / size.Product;
        return (((((channel * padded.D) + z + before.D) * padded.H) + y + before.H) * padded.W) + x + before.W;
    }

    private static void Sampled(GoldenFile file, string stage, float[] actual, double floor)
    {
        GoldenTensor expected = file.Tensor($"{stage}.at");
        int[] positions = file.Tensor($"{stage}.positions").Cast<int>();
        int[] grid = [.. expected.Notes.GetProperty("grid").EnumerateArray().Select(size => size.GetInt32())];
        Assert.Equal(grid.Aggregate(1, (product, size) => product * size), actual.Length);
        int voxels = actual.Length / grid[0];
        float[] values = [.. Enumerable.Range(0, grid[0]).SelectMany(channel => positions.Select(position => actual[(channel * voxels) + position]))];
        GoldenCompare.Within(expected, values, floor);
    }

    private sealed record Case(GoldenFile File, JsonElement Parameters, ModelManifest Manifest, GoldenFile Weights, IReadOnlyList<Volume> Image, GoldenFile LabelFile)
    {
        public SegmenterOptions Options => new() { StepSize = Parameters.GetProperty("step").GetDouble() };

        public NetworkPredictor Network(CpuDevice device) => new(
            device, StuNet.RecordWindow(Manifest.Architecture, Manifest.PatchSize, InferenceRules.Of(Manifest).Values), InferenceCases.Parameters(Weights), new());

        public static Case Read(string name, NnunetVersion version)
        {
            GoldenSet set = GoldenCases.Main;
            GoldenFile file = set.File(name);
            JsonElement parameters = file.Case(file.CaseNames.Single());
            GoldenFile weights = set.File(parameters.GetProperty("parameters").GetString()!);
            Volume[] image = [.. parameters.GetProperty("images").EnumerateArray().Select(path => VolumeFile.Read(set.File(path.GetString()!).OpenPath()))];
            GoldenFile labels = set.FilesBelow(name.Replace(".safetensors", "_labels_v1", StringComparison.Ordinal)).Single();
            JsonElement plan = parameters.GetProperty("plan");
            ModelManifest manifest = InferenceCases.Manifest(parameters, plan.GetProperty("cin").GetInt32(), plan.GetProperty("ncls").GetInt32(), version);
            return new Case(file, parameters, manifest, weights, image, labels);
        }
    }
}
