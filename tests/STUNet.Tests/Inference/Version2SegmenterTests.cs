using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference;

/// <summary>What is v2's own in the segmenter.</summary>
public sealed unsafe class Version2SegmenterTests
{
    private static readonly Int3 Size = new(11, 12, 10);

    [Fact]
    public void Constructor_OptionsOfTheOtherVersion_NamesThem()
    {
        using CpuDevice cpu = new(1);
        using CopyingDevice other = new();
        ModelManifest version1 = SegmenterCases.Manifest();
        ModelManifest version2 = SegmenterCases.Manifest(version: NnunetVersion.V2);
        Assert.Contains("no mode fast;", Refused(version2, cpu, new() { Mode = SegmentationMode.Fast }));
        Assert.Contains("no mode fastest;", Refused(version2, cpu, new() { Mode = SegmentationMode.Fastest }));
        Assert.Contains("nnU-Net v1", Refused(version1, cpu, new() { HalfPrecisionSums = true }));
        Assert.Contains("CPU", Refused(version2, other, new() { HalfPrecisionSums = true }));

        static string Refused(ModelManifest model, Device device, SegmenterOptions options) =>
            Assert.Throws<InvalidRequestException>(() => new Segmenter(model, device, options, [SegmenterCases.StandIn(model)])).Message;
    }

    [Fact]
    public void Importance_SingleWindow_IsWeightedAsManyAre()
    {
        WindowGrid single = new(new Int3(8, 8, 8), new Int3(8, 8, 8), 0.5);
        Assert.Equal(1, single.Count);
        Assert.All(new Version1Rules(SegmentationMode.Normal).Importance(single), weight => Assert.Equal(1, weight));
        Assert.Equal(GaussianMap.Create(single.Patch), new Version2Rules().Importance(single));
        Assert.Equal(1000, new Version2HalfRules().Importance(single).Max());
    }

    /// <summary>v2 takes the image's spacing, which it asks second, for one in network order; v1 the network's, which it asks second, for one in image order.</summary>
    [Fact]
    public void ExportSeparateAxis_Transposed_IsTheReferencesOwn()
    {
        AxisPermutation forward = new(2, 0, 1);
        Spacing even = new(1, 1, 1);
        Spacing coarseZ = new(5, 1, 1);
        InferenceRules version1 = new Version1Rules(SegmentationMode.Normal);
        InferenceRules version2 = new Version2Rules();
        Assert.Equal(0, version1.ExportSeparateAxis(coarseZ, even, forward, null));
        Assert.Equal(0, version1.ExportSeparateAxis(even, coarseZ, forward, null));
        Assert.Equal(2, version2.ExportSeparateAxis(coarseZ, even, forward, null));
        Assert.Equal(2, version2.ExportSeparateAxis(even, coarseZ, forward, null));
        Assert.Equal(0, version2.ExportSeparateAxis(even, new Spacing(1, 5, 1), forward, null));
        Assert.Null(version2.ExportSeparateAxis(even, even, forward, null));
    }

    [Theory]
    [InlineData(new[] { -1f, -2f, -3f }, 0)]
    [InlineData(new[] { 1f, -2f, -3f }, 7)]
    [InlineData(new[] { 5f, 0.1f, -3f }, 2)]
    [InlineData(new[] { 1f, 1f, 1f }, 4)]
    [InlineData(new[] { 0f, 0f, 0f }, 0)]
    public void LabelOf_Regions_LaterOnesAreWrittenOverEarlierOnes(float[] logits, int expected)
    {
        Assert.Equal(3, logits.Length);
        fixed (float* values = logits)
            Assert.Equal((uint)expected, new LastRegion([7, 2, 4]).LabelOf(values));
    }

    [Fact]
    public void LabelOf_RoundedToHalf_ValuesThatRoundAlikeAreEqual()
    {
        float[] logits = [1f, 1.0001f, 0.5f, -1e30f, -1e30f, -1e30f, -1e30f, -1e30f];
        fixed (float* values = logits)
        {
            Assert.Equal(1u, new MostProbableClass(8).LabelOf(values));
            Assert.Equal(0u, new RoundedToHalf<MostProbableClass>(new(8), 8).LabelOf(values));
        }
    }

    [Fact]
    public void Segment_ModelOfRegions_GivesTheirLabels()
    {
        ModelManifest plain = SegmenterCases.Manifest(classes: 2, version: NnunetVersion.V2) with { SpacingMm = [1.2, 0.9, 1.4] };
        ModelManifest regions = plain with { Regions = [new OutputRegion("whole", [1, 300], 300), new OutputRegion("core", [1], 1)] };
        Volume[] image = SegmenterCases.Image(Size);
        using CpuDevice device = new(2);
        using Segmenter segmenter = new(regions, device, new(), [SegmenterCases.StandIn(regions)]);
        LabelVolume labels = segmenter.Segment(image).Labels;

        using PreprocessedCase volume = new CasePreprocessor(regions, 0.5, device.Workers).Run(image, new StepClock(), CancellationToken.None);
        using AccumulatorMemory accumulators = new(device);
        ProbabilityRecorder recorder = new(2, Size);
        new CasePredictor(regions, new(), device, device.Workers, [SegmenterCases.StandIn(regions)]).Stream(volume, recorder, accumulators, new StepClock(), null, CancellationToken.None);
        HashSet<uint> seen = [];
        for (int i = 0; i < labels.Size.Product; i++)
        {
            uint expected = recorder.Values[Size.Product + i] > 0 ? 1u : recorder.Values[i] > 0 ? 300u : 0u;
            Assert.Equal(expected, labels[i]);
            seen.Add(expected);
        }

        Assert.Equal(3, seen.Count);
    }

    [Fact]
    public void Segment_LogitsTooLargeForHalfPrecision_IsRefused()
    {
        ModelManifest manifest = SegmenterCases.Manifest(version: NnunetVersion.V2);
        using CpuDevice device = new(1);
        WindowPredictor huge = new StandInPredictor(
            SegmenterCases.Classes, 1, manifest.PatchSize, [1e3f, -1e3f, 0], new float[3 * SegmenterCases.Classes], new float[SegmenterCases.Classes], values: WindowValues.Logits);
        using Segmenter segmenter = new(manifest, device, new() { HalfPrecisionSums = true }, [huge]);
        Assert.Contains("too large", Assert.Throws<InvalidRequestException>(() => segmenter.Segment(SegmenterCases.Image(Size))).Message);
        using Segmenter exact = new(manifest, device, new(), [huge]);
        exact.Segment(SegmenterCases.Image(Size));
    }
}
