using STUNet.Cli;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;

namespace STUNet.Tests.Inference;

public sealed class SegmentWithProbabilitiesTests
{
    private static readonly Int3 Size = new(11, 12, 10);

    public static TheoryData<NnunetVersion, bool, int[]> Models => new()
    {
        { NnunetVersion.V1, false, [0, 1, 2] },
        { NnunetVersion.V1, false, [2, 0, 1] },
        { NnunetVersion.V2, false, [1, 0, 2] },
        { NnunetVersion.V2, true, [2, 0, 1] },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void SegmentAsync_AnyNumberOfThreads_SameLabelsAsWithoutAndSameFiles(NnunetVersion version, bool half, int[] forward)
    {
        using TemporaryFolder folder = new();
        ModelManifest manifest = SegmenterCases.Manifest(forward: [.. forward], version: version);
        Volume[] image = SegmenterCases.Image(Size, new Spacing(4, 1.3, 1), border: 1);
        SegmenterOptions options = new() { HalfPrecisionSums = half, Probabilities = true };
        using SegmentationModel model = new(manifest, [new SeededParameters(manifest.Architecture, "bits")]);
        using CpuDevice one = new(1);
        using Segmenter plain = new(model, one, options with { Probabilities = false });
        byte[] expected = SegmenterCases.Bytes(plain.Segment(image));
        Assert.True(expected.Distinct().Count() > 1, "a constant label map proves nothing");
        foreach (int threads in (int[])[1, 2, 3])
        {
            using CpuDevice device = new(threads);
            using Segmenter segmenter = new(model, device, options);
            Assert.Equal(expected, segmenter.Segment(image, folder[$"{threads}.npz"]).As<byte>().ToArray());
        }

        foreach (string file in (string[])["npz", "pkl"])
        {
            Assert.Equal(File.ReadAllBytes(folder[$"1.{file}"]), File.ReadAllBytes(folder[$"2.{file}"]));
            Assert.Equal(File.ReadAllBytes(folder[$"1.{file}"]), File.ReadAllBytes(folder[$"3.{file}"]));
        }

        if (version == NnunetVersion.V2)
            AssertMostProbable(NumpyFile.Read(folder["1.npz"]), expected);
    }

    [Fact]
    public void SegmentAsync_OnAnotherDevice_FilesOfTheCpu()
    {
        using TemporaryFolder folder = new();
        ModelManifest manifest = SegmenterCases.Manifest();
        Volume[] image = SegmenterCases.Image(Size);
        using CpuDevice cpu = new(2);
        using CopyingDevice other = new();
        foreach ((Device device, string file) in ((Device, string)[])[(cpu, "cpu.npz"), (other, "other.npz")])
        {
            using Segmenter segmenter = new(manifest, device, new() { Probabilities = true }, [SegmenterCases.StandIn(manifest)]);
            Assert.Contains(segmenter.Plan(image[0].Geometry).Items, item => item.Name == "probabilities of a slice" && item.Bytes == 12 * 10 * SegmenterCases.Classes * 2);
            segmenter.Segment(image, folder[file]);
        }

        Assert.Equal(File.ReadAllBytes(folder["cpu.npz"]), File.ReadAllBytes(folder["other.npz"]));
    }

    [Fact]
    public void Constructor_ModesWithoutProbabilities_AreRefused()
    {
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest();
        foreach (SegmentationMode mode in (SegmentationMode[])[SegmentationMode.Fast, SegmentationMode.Fastest])
        {
            SegmenterOptions options = new() { Mode = mode, Probabilities = true };
            string message = Assert.Throws<InvalidRequestException>(() => new Segmenter(manifest, device, options, [SegmenterCases.StandIn(manifest)])).Message;
            Assert.StartsWith($"Mode {mode.ToString().ToLowerInvariant()} resamples labels", message);
        }
    }

    [Fact]
    public void SegmentAsync_SegmenterWithoutTheOption_IsSaidByName()
    {
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest();
        using Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest)]);
        CaseResult result = segmenter.SegmentAsync([new("case", () => SegmenterCases.Image(Size)) { Probabilities = "case.npz" }]).ToBlockingEnumerable().Single();
        Assert.Contains("case.npz", Assert.IsType<InvalidRequestException>(result.Error).Message);
    }

    [Theory]
    [InlineData(SegmentationStage.Network, false)]
    [InlineData(SegmentationStage.Network, true)]
    [InlineData(SegmentationStage.Writing, false)]
    [InlineData(SegmentationStage.Writing, true)]
    public void SegmentAsync_Cancelled_LeavesNoFile(SegmentationStage stage, bool limited)
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource stop = new();
        bool wasThere = false;
        ProgressReport<SegmentationProgress> progress = new(value =>
        {
            if (value.Stage != stage || value.Case != "a")
                return;
            wasThere |= Directory.GetFiles(folder[""]).Any(file => file.EndsWith(".partial", StringComparison.Ordinal));
            stop.Cancel();
        });
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest(version: NnunetVersion.V2);
        using Segmenter segmenter = new(manifest, device, new() { Probabilities = true, MemoryLimitBytes = limited ? 1L << 40 : null }, [SegmenterCases.StandIn(manifest)]);
        IEnumerable<SegmentationCase> cases = "abcd".Select(name => new SegmentationCase($"{name}", () => SegmenterCases.Image(Size)) { Probabilities = folder[$"{name}.npz"] });
        Assert.ThrowsAny<OperationCanceledException>(() => segmenter.SegmentAsync(cases, progress, stop.Token).ToBlockingEnumerable(stop.Token).ToArray());
        Assert.True(wasThere, "nothing was under way");
        Assert.Empty(Directory.GetFiles(folder[""]));
    }

    [Fact]
    public void SegmentAsync_WritingFails_LeavesNoTemporaryFileAndTheOthersGoOn()
    {
        using TemporaryFolder folder = new();
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest();
        using Segmenter segmenter = new(manifest, device, new() { Probabilities = true }, [SegmenterCases.StandIn(manifest)]);
        Directory.CreateDirectory(folder["a.npz"]);
        CaseResult[] results = [.. segmenter.SegmentAsync("ab".Select(name => new SegmentationCase($"{name}", () => SegmenterCases.Image(Size)) { Probabilities = folder[$"{name}.npz"] })).ToBlockingEnumerable()];
        Assert.NotNull(results[0].Error);
        Assert.Null(results[1].Error);
        Assert.Equal(["b.npz", "b.pkl"], Directory.GetFiles(folder[""]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void DiskRoom_TooLittle_IsSaidInOneSentence()
    {
        using TemporaryFolder folder = new();
        DiskRoom.Require(folder["a.npz"], 1, "Few bytes");
        string message = Assert.Throws<InsufficientResourcesException>(() => DiskRoom.Require(folder["a.npz"], 1L << 60, "The probabilities")).Message;
        Assert.Contains($"{1L << 40} MiB", message);
        Assert.Contains(folder["a.npz"], message);
    }

    private static void AssertMostProbable(NumpyFile probabilities, byte[] labels)
    {
        int voxels = labels.Length;
        for (int i = 0; i < voxels; i++)
        {
            float largest = Enumerable.Range(0, SegmenterCases.Classes).Max(k => probabilities.Values[(k * voxels) + i]);
            Assert.Equal(largest, probabilities.Values[(labels[i] * voxels) + i]);
        }
    }
}
