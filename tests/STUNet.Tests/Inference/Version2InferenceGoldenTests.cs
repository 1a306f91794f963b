using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;

namespace STUNet.Tests.Inference;

/// <summary>Whole v2 cases with the golden set's stand-in network, in single precision and with the roundings of 2.2.</summary>
public sealed class Version2InferenceGoldenTests
{
    public static IEnumerable<ITheoryDataRow> Files => NnunetInferenceGoldenTests.Files;

    [Theory]
    [MemberData(nameof(Files))]
    public void Logits_GoldenCase_MatchReference(string name)
    {
        NnunetInferenceCase golden = NnunetInferenceCase.Read(name, NnunetVersion.V2);
        using CpuDevice device = new(2);
        using PreprocessedCase volume = golden.Prepare(device);
        Assert.Equal(golden.Expected.Box("box"), InNetworkOrder(volume.Geometry));
        for (int axis = 0; axis < 3; axis++)
            Assert.Equal(golden.Expected.GetProperty("starts")[axis].EnumerateArray().Select(start => start.GetInt32()), volume.Grid.Starts(axis).ToArray());
        ProbabilityRecorder network = Streamed(golden, golden.Options(), device, volume);
        Assert.Equal(Enumerable.Range(0, volume.Grid.Volume.D), network.Slices);
        golden.Within(golden.File.Tensor("v2.logits"), network.Values, volume.Grid);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ExportedLogits_GoldenCase_GiveTheProbabilitiesOfTheReference(string name)
    {
        NnunetInferenceCase golden = NnunetInferenceCase.Read(name, NnunetVersion.V2);
        using CpuDevice device = new(2);
        using PreprocessedCase volume = golden.Prepare(device);
        int? axis = golden.Expected.Axis("export_axis");
        Assert.Equal(axis is { } separate ? golden.Manifest.TransposeForward[separate] : null, volume.Geometry.ExportSeparateAxis);
        Int3 cropped = volume.Geometry.CroppedInNetworkOrder;
        ProbabilityRecorder exported = Exported(golden, golden.Options(), device, volume);
        float[] probabilities = Softmax(exported.Values, golden.Classes);

        // A probability moves by p (1 - p) of two logits' errors, which is at most half an error.
        GoldenTensor expected = golden.File.Tensor("v2.prob_export");
        double tolerance = Math.Max(4 * expected.F32Err, golden.Rounding(golden.File.Tensor("v2.logits").Scale, volume.Grid) / 2);
        GoldenCompare.Within(expected.Name, expected.ToSingles(), probabilities, tolerance);
        if (golden.File.Has("v2.prob_full"))
        {
            GoldenTensor full = golden.File.Tensor("v2.prob_full");
            probabilities.CopyTo(exported.Values, 0);
            float[] pasted = Pasted(exported.Transposed([.. golden.Manifest.TransposeBackward]), volume.Geometry, golden.Classes);
            GoldenCompare.Within(full.Name, full.ToSingles(), pasted, tolerance);
        }

        using TemporaryFolder folder = new();
        using Segmenter segmenter = new(golden.Manifest, device, golden.Options() with { Probabilities = true }, golden.Folds);
        segmenter.Segment(golden.Image, folder["case.npz"]);
        NumpyFile stored = NumpyFile.Read(folder["case.npz"]);
        Int3 image = volume.Geometry.Image.Size;
        Assert.Equal(("probabilities", "<f4"), (stored.Name, stored.Type));
        Assert.Equal([golden.Classes, image.D, image.H, image.W], stored.Shape);
        float[] inImage = golden.File.Has("v2.prob_full") ? golden.File.Tensor("v2.prob_full").ToSingles() : Pasted(expected.ToSingles(), volume.Geometry, golden.Classes);
        GoldenCompare.Within("stored", inImage, stored.Values, tolerance);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Segment_GoldenCase_LabelsMatchReference(string name)
    {
        NnunetInferenceCase golden = NnunetInferenceCase.Read(name, NnunetVersion.V2);
        using CpuDevice device = new(2);
        using Segmenter segmenter = new(golden.Manifest, device, golden.Options(), golden.Folds);
        NnunetInferenceCase.AssertLabels(golden.File.Tensor("v2.seg"), golden.File.Tensor("v2.ambiguous"), segmenter.Segment(golden.Image).Labels);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Segment_InHalfPrecision_EqualsReferenceButForRoundings(string name)
    {
        NnunetInferenceCase golden = NnunetInferenceCase.Read(name, NnunetVersion.V2);
        SegmenterOptions options = golden.Options() with { HalfPrecisionSums = true };
        using CpuDevice device = new(2);
        using PreprocessedCase volume = golden.Prepare(device);
        int windows = InferenceCases.MostWindowsOverOneVoxel(volume.Grid);
        ProbabilityRecorder network = Streamed(golden, options, device, volume);
        HalfPrecision.AssertClose(golden.File.Tensor("v2half.logits"), network.Values, windows, golden.Folds.Count);

        ProbabilityRecorder exported = Exported(golden, options, device, volume);
        using Segmenter segmenter = new(golden.Manifest, device, options, golden.Folds);
        HalfPrecision.AssertLabels(golden.File.Tensor("v2half.seg"), segmenter.Segment(golden.Image).Labels, exported, volume, windows, golden.Folds.Count);
    }

    private static ProbabilityRecorder Streamed(NnunetInferenceCase golden, SegmenterOptions options, CpuDevice device, PreprocessedCase volume)
    {
        ProbabilityRecorder network = new(golden.Classes, volume.Grid.Volume);
        using AccumulatorMemory accumulators = new(device);
        new CasePredictor(golden.Manifest, options, device, device.Workers, golden.Folds).Stream(volume, network, accumulators, new StepClock(), null, CancellationToken.None);
        return network;
    }

    private static ProbabilityRecorder Exported(NnunetInferenceCase golden, SegmenterOptions options, CpuDevice device, PreprocessedCase volume)
    {
        ProbabilityRecorder exported = new(golden.Classes, volume.Geometry.CroppedInNetworkOrder);
        using AccumulatorMemory accumulators = new(device);
        using SliceInterpolator interpolator = new(
            volume.Grid.Volume, volume.Geometry.ExportSampling(golden.Manifest.Export), golden.Classes, exported, device.Workers);
        new CasePredictor(golden.Manifest, options, device, device.Workers, golden.Folds).Stream(volume, interpolator, accumulators, new StepClock(), null, CancellationToken.None);
        return exported;
    }

    private static CropBox InNetworkOrder(CaseGeometry geometry) =>
        new(geometry.Forward.Apply(geometry.Box.Start), geometry.CroppedInNetworkOrder);

    private static float[] Softmax(float[] logits, int classes)
    {
        int voxels = logits.Length / classes;
        float[] result = new float[logits.Length];
        for (int voxel = 0; voxel < voxels; voxel++)
        {
            double[] values = [.. Enumerable.Range(0, classes).Select(k => Math.Exp(logits[(k * voxels) + voxel]))];
            for (int k = 0; k < classes; k++)
                result[(k * voxels) + voxel] = (float)(values[k] / values.Sum());
        }

        return result;
    }

    /// <summary>Probabilities of the box in the whole image, where everything else is background.</summary>
    private static float[] Pasted(float[] cropped, CaseGeometry geometry, int classes)
    {
        Int3 size = geometry.Image.Size;
        float[] whole = new float[classes * size.Product];
        whole.AsSpan(0, (int)size.Product).Fill(1);
        int voxels = (int)geometry.Box.Size.Product;
        for (int k = 0; k < classes; k++)
            geometry.Box.CopyTo<float>(cropped.AsSpan(k * voxels, voxels), whole.AsSpan(k * (int)size.Product, (int)size.Product), size);
        return whole;
    }
}
