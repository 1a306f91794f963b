using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;

namespace STUNet.Tests.Inference;

/// <summary>Whole v1 cases with the golden set's stand-in network through the same streaming code as the real one.</summary>
public sealed class NnunetInferenceGoldenTests
{
    public static IEnumerable<ITheoryDataRow> Files =>
        GoldenCases.Rows(GoldenSet.Nnunet, set => set.FilesBelow("infer/", ".safetensors").Select(file => (object)file.Name));

    [Theory]
    [MemberData(nameof(Files))]
    public void Probabilities_GoldenCase_MatchReference(string name)
    {
        NnunetInferenceCase golden = NnunetInferenceCase.Read(name, NnunetVersion.V1);
        using CpuDevice device = new(2);
        SegmenterOptions options = golden.Options();
        using PreprocessedCase volume = golden.Prepare(device);
        using AccumulatorMemory accumulators = new(device);
        CasePredictor predictor = new(golden.Manifest, options, device, device.Workers, golden.Folds);

        ProbabilityRecorder network = new(golden.Classes, volume.Grid.Volume);
        predictor.Stream(volume, network, accumulators, new StepClock(), null, CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, volume.Grid.Volume.D), network.Slices);
        golden.Within(golden.File.Tensor("v1.prob"), network.Values, volume.Grid);

        Int3 cropped = volume.Geometry.CroppedInNetworkOrder;
        ProbabilityRecorder exported = new(golden.Classes, cropped);
        using (SliceInterpolator interpolator = new(
            volume.Grid.Volume, volume.Geometry.ExportSampling(golden.Manifest.Export), golden.Classes, exported, device.Workers))
            predictor.Stream(volume, interpolator, accumulators, new StepClock(), null, CancellationToken.None);
        Assert.Equal(golden.Expected.Axis("export_axis"), volume.Geometry.ExportSeparateAxis);
        golden.Within(golden.File.Tensor("v1.prob_export"), exported.Transposed([.. golden.Manifest.TransposeBackward]), volume.Grid);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void SegmentAsync_GoldenCase_StoresTheProbabilitiesOfTheReference(string name)
    {
        NnunetInferenceCase golden = NnunetInferenceCase.Read(name, NnunetVersion.V1);
        using TemporaryFolder folder = new();
        using CpuDevice device = new(2);
        using PreprocessedCase volume = golden.Prepare(device);
        using Segmenter segmenter = new(golden.Manifest, device, golden.Options() with { Probabilities = true }, golden.Folds);
        segmenter.Segment(golden.Image, folder["case.npz"]);
        NumpyFile stored = NumpyFile.Read(folder["case.npz"]);
        Int3 box = volume.Geometry.Box.Size;
        Assert.Equal(("softmax", "<f2"), (stored.Name, stored.Type));
        Assert.Equal([golden.Classes, box.D, box.H, box.W], stored.Shape);

        // Binary16 has 11 bits: rounding to it moves what is at most 1 by at most 2^-12.
        GoldenTensor expected = golden.File.Tensor("v1.prob_export");
        double tolerance = Math.Max(4 * expected.F32Err, golden.Rounding(expected.Scale, volume.Grid)) + (1.0 / (1 << 12));
        GoldenCompare.Within(expected.Name, expected.ToSingles(), stored.Values, tolerance);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Segment_GoldenCaseEveryMode_LabelsMatchReference(string name)
    {
        NnunetInferenceCase golden = NnunetInferenceCase.Read(name, NnunetVersion.V1);
        foreach (SegmentationMode mode in Enum.GetValues<SegmentationMode>())
        {
            using CpuDevice device = new(2);
            using Segmenter segmenter = new(golden.Manifest, device, golden.Options(mode), golden.Folds);
            SegmentationResult result = segmenter.Segment(golden.Image);
            string word = mode.ToString().ToLowerInvariant();
            NnunetInferenceCase.AssertLabels(golden.File.Tensor($"v1.{word}.seg"), golden.File.Tensor($"v1.{word}.ambiguous"), result.Labels);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void NetworkLabels_GoldenCaseFastAndFastest_MatchReference(string name)
    {
        NnunetInferenceCase golden = NnunetInferenceCase.Read(name, NnunetVersion.V1);
        using CpuDevice device = new(2);
        using PreprocessedCase volume = golden.Prepare(device);
        using AccumulatorMemory accumulators = new(device);
        foreach (SegmentationMode mode in (ReadOnlySpan<SegmentationMode>)[SegmentationMode.Fast, SegmentationMode.Fastest])
        {
            string word = mode.ToString().ToLowerInvariant();
            CasePredictor predictor = new(golden.Manifest, golden.Options(mode), device, device.Workers, golden.Folds);
            LabelVolume labels = predictor.NetworkLabels(volume, accumulators, new StepClock(), null, CancellationToken.None);
            NnunetInferenceCase.AssertLabels(golden.File.Tensor($"v1.{word}.network_labels"), golden.File.Tensor($"v1.{word}.network_ambiguous"), labels);
        }
    }
}
