using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference;

public sealed class SegmenterTests
{
    private static readonly Int3 Size = new(11, 12, 10);

    [Fact]
    public void Segment_AnyNumberOfWorkers_SameBits()
    {
        AssertSameBits(SegmenterCases.Manifest(), new());
        AssertSameBits(SegmenterCases.Manifest(version: NnunetVersion.V2), new());
        AssertSameBits(SegmenterCases.Manifest(version: NnunetVersion.V2), new() { HalfPrecisionSums = true });
    }

    private static void AssertSameBits(ModelManifest manifest, SegmenterOptions options)
    {
        Volume[] image = SegmenterCases.Image(Size);
        byte[][] results = [.. new[] { 1, 2, 3 }.Select(workers =>
        {
            using CpuDevice device = new(workers);
            using SegmentationModel model = new(manifest, [new SeededParameters(manifest.Architecture, "bits")]);
            using Segmenter segmenter = new(model, device, options);
            return SegmenterCases.Bytes(segmenter.Segment(image));
        })];
        Assert.True(results[0].Distinct().Count() > 1, "a constant label map proves nothing");
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
    }

    [Fact]
    public void Segment_TwoThreads_SameBitsAsOne()
    {
        ModelManifest manifest = SegmenterCases.Manifest();
        using CpuDevice device = new(2);
        using SegmentationModel model = new(manifest, [new SeededParameters(manifest.Architecture, "bits")]);
        using Segmenter segmenter = new(model, device);
        Volume[][] images = [SegmenterCases.Image(Size), SegmenterCases.Image(new Int3(9, 8, 13))];
        byte[][] alone = [.. images.Select(image => SegmenterCases.Bytes(segmenter.Segment(image)))];
        byte[][] together = new byte[8][];
        Parallel.For(0, together.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i => together[i] = SegmenterCases.Bytes(segmenter.Segment(images[i % 2])));
        for (int i = 0; i < together.Length; i++)
            Assert.Equal(alone[i % 2], together[i]);
    }

    [Fact]
    public void Segment_Result_HasGeometryTimesAndPlan()
    {
        using CpuDevice device = new(1);
        using Segmenter segmenter = StandIn(device, new());
        Volume[] image = SegmenterCases.Image(Size);
        List<SegmentationProgress> reports = [];
        SegmentationResult result = segmenter.Segment(image, new Recorder(reports));
        Assert.Same(image[0].Geometry, result.Labels.Geometry);
        Assert.Equal([SegmentationStage.Preprocessing, SegmentationStage.Network, SegmentationStage.Export], result.Times.Select(time => time.Stage));
        Assert.Equal(Enum.GetValues<SegmentationStep>()[1..^1], result.Steps.Select(time => time.Step));
        Assert.Equal(result.Steps.Sum(time => time.Duration.Ticks), result.Times.Sum(time => time.Duration.Ticks));
        Assert.All(result.Steps, time => Assert.True(time.Duration >= TimeSpan.Zero));
        SegmentationProgress last = reports.Last(report => report.Stage == SegmentationStage.Network);
        Assert.Equal(last.Total, last.Done);
        Assert.Equal(segmenter.Plan(image[0].Geometry).PeakBytes, result.Memory.PeakBytes);
        Assert.Contains("accumulator", result.Memory.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Segment_LimitBelowPlan_RefusedWithTheNumberBeforeAnyWork()
    {
        int passes = 0;
        using CpuDevice device = new(1);
        using Segmenter unlimited = StandIn(device, new());
        Volume[] image = SegmenterCases.Image(Size);
        long needed = unlimited.Plan(image[0].Geometry).PeakBytes;
        using Segmenter exact = StandIn(device, new() { MemoryLimitBytes = needed });
        exact.Segment(image);
        using Segmenter tight = StandIn(device, new() { MemoryLimitBytes = needed - 1 }, () => passes++);
        InsufficientResourcesException refusal = Assert.Throws<InsufficientResourcesException>(() => tight.Segment(image));
        Assert.Contains($"{(needed + (1 << 20) - 1) >> 20} MiB", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, passes);
        Assert.Throws<InsufficientResourcesException>(() => StandIn(device, new() { MemoryLimitBytes = 1 }));
    }

    [Fact]
    public void Plan_Accumulator_DoesNotGrowWithDepth()
    {
        using CpuDevice device = new(1);
        using Segmenter segmenter = StandIn(device, new());
        long Accumulator(int depth) => segmenter.Plan(new VolumeGeometry(new Int3(depth, 40, 40), new Spacing(1, 1, 1))).Items
            .Single(item => item.Name.StartsWith("accumulator", StringComparison.Ordinal)).Bytes;
        Assert.Equal(Accumulator(40), Accumulator(400));
    }

    [Theory]
    [InlineData(SegmentationMode.Normal)]
    [InlineData(SegmentationMode.Fastest)]
    public void Segment_TwoDepths_TakesOfTheDeviceWhatThePlanSaysAndOnlyVolumeAndLabelsGrow(SegmentationMode mode)
    {
        ModelManifest manifest = SegmenterCases.Manifest();
        long[] accumulators = [.. new[] { 12, 48 }.Select(depth =>
        {
            using CopyingDevice device = new();
            using Segmenter segmenter = new(manifest, device, new() { Mode = mode, Mirroring = false }, [SegmenterCases.StandIn(manifest), SegmenterCases.StandIn(manifest)]);
            SegmentationMemoryPlan plan = segmenter.Segment(SegmenterCases.Image(new Int3(depth, 10, 9), new Spacing(1, 1, 1))).Memory;
            long volume = plan.Items.Single(item => item.Name == "network volume on the device").Bytes;
            long accumulator = plan.Items.Single(item => item.Name.StartsWith("accumulator", StringComparison.Ordinal)).Bytes;
            Assert.Equal(depth * 10 * 9 * sizeof(float), volume);
            // Normal mode labels on the device; fastest, with two folds, on the host.
            MemoryItem? labels = plan.Items.SingleOrDefault(item => item.Name == "labels on the device");
            Assert.Equal(mode == SegmentationMode.Normal, labels is not null);
            Assert.Equal(volume + accumulator + (labels?.Bytes ?? 0), device.PeakBytes);
            Assert.Equal(0, device.HeldBytes);
            return accumulator;
        })];
        Assert.Equal(accumulators[0], accumulators[1]);
    }

    [Fact]
    public void Segment_Cancelled_ThrowsAndTheSegmenterWorksOn()
    {
        using CancellationTokenSource stop = new();
        using CpuDevice device = new(1);
        int passes = 0;
        using Segmenter segmenter = StandIn(device, new(), () =>
        {
            if (++passes == 5)
                stop.Cancel();
        });
        Volume[] image = SegmenterCases.Image(Size);
        Assert.Throws<OperationCanceledException>(() => segmenter.Segment(image, null, stop.Token));
        Assert.Equal(5, passes);
        byte[] after = SegmenterCases.Bytes(segmenter.Segment(image));
        using Segmenter fresh = StandIn(device, new());
        Assert.Equal(SegmenterCases.Bytes(fresh.Segment(image)), after);
    }

    [Fact]
    public void Segment_ChannelsThatDoNotFit_RefusedInOneSentence()
    {
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest(channels: 2);
        using Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest)]);
        Volume[] image = SegmenterCases.Image(Size, channels: 2);
        Refused("needs 2", image[0]);
        Refused("Channel 1 has 3x4x5", image[0], SegmenterCases.Image(new Int3(3, 4, 5))[0]);
        image[1].Voxels[Size.W + 2] = float.NaN;
        Refused("Channel 1: voxel (z, y, x) = (0, 1, 2)", image);
        Refused("Every voxel", [.. SegmenterCases.Image(Size, channels: 2).Select(channel => new Volume(channel.Geometry))]);

        void Refused(string words, params Volume[] channels) =>
            Assert.Contains(words, Assert.Throws<InvalidRequestException>(() => segmenter.Segment(channels)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.04, "too thin", "0x0x0")]
    [InlineData(200, "too large", "2200x2400x2000")]
    [InlineData(1e8, "too large", "1100000000x1200000000x1000000000")]
    public void PlanAndSegment_NetworkVolumeOfNoOrTooManyVoxels_RefusedInOneSentence(double millimetres, string problem, string size)
    {
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest();
        using Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest)]);
        Spacing spacing = new(millimetres, millimetres, millimetres);
        Refused(() => segmenter.Plan(new VolumeGeometry(Size, spacing)));
        Refused(() => segmenter.Segment(SegmenterCases.Image(Size, spacing)));

        void Refused(Action work)
        {
            string message = Assert.Throws<InvalidRequestException>(work).Message;
            Assert.Contains(problem, message, StringComparison.Ordinal);
            Assert.Contains($"{Size} voxels", message, StringComparison.Ordinal);
            Assert.Contains(size, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Segment_NonzeroRegionTooThinAndMasked_RefusedInTheSameSentence()
    {
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest() with { Channels = [new ChannelNormalization("", "nonCT", true, null)] };
        using Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest)]);
        Volume image = new(new VolumeGeometry(Size, new Spacing(0.4, 1, 1)));
        image.Voxels[..(Size.H * Size.W)].Fill(1);
        Assert.NotEmpty(segmenter.Plan(image.Geometry).Items);
        string message = Assert.Throws<InvalidRequestException>(() => segmenter.Segment([image])).Message;
        Assert.Contains("too thin: 1x12x10 voxels", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Segment_ChannelsOfTwoSpacings_Warns()
    {
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest(channels: 2);
        using Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest)]);
        Volume[] channels = [SegmenterCases.Image(Size)[0], SegmenterCases.Image(Size, new Spacing(2, 2, 2))[0]];
        Assert.Contains("Channel 1 has a spacing", Assert.Single(segmenter.Segment(channels).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_ModelOrOptionsItCannotDo_Refused()
    {
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest();
        Refused(manifest with { Export = new ExportParameters(null, 3, 0) }, new());
        Refused(manifest, new() { StepSize = 0 });
        Refused(manifest, new() { StepSize = 1.5 });

        void Refused(ModelManifest model, SegmenterOptions options) =>
            Assert.Throws<InvalidRequestException>(() => new Segmenter(model, device, options, [SegmenterCases.StandIn(model)]));
    }

    private static Segmenter StandIn(CpuDevice device, SegmenterOptions options, Action? onPass = null)
    {
        ModelManifest manifest = SegmenterCases.Manifest();
        return new Segmenter(manifest, device, options, [SegmenterCases.StandIn(manifest, onPass)]);
    }

    private sealed class Recorder(List<SegmentationProgress> reports) : IProgress<SegmentationProgress>
    {
        public void Report(SegmentationProgress value) => reports.Add(value);
    }
}
