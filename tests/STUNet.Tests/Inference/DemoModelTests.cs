using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.TestKit;

namespace STUNet.Tests.Inference;

/// <summary>The shared demo model, a genuine nnU-Net v1 folder, against the label maps PyTorch gave.</summary>
public sealed class DemoModelTests
{
    private static readonly string? Folder = RepositoryRoot.Shared is { } shared ? Path.Combine(shared, "data", "demo-model") : null;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Segment_Phantoms_DifferFromPyTorchAtMostAtCountedNearTies(bool mirroring)
    {
        Assert.SkipWhen(Folder is null || !Directory.Exists(Folder), "shared/data/demo-model is absent");
        if (mirroring)
            LongTests.Require("eight passes over every window of two volumes");
        string trainer = Directory.GetDirectories(Path.Combine(Folder!, "nnUNet", "3d_fullres"), "*__*", SearchOption.AllDirectories).Single();
        using SegmentationModel model = SegmentationModel.OpenNnunetV1(trainer);
        using CpuDevice device = new();
        using Segmenter segmenter = new(model, device, new SegmenterOptions { Mirroring = mirroring });
        using JsonDocument counted = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, "expected.json")));
        string suffix = mirroring ? "mirroring" : "no_mirroring";
        foreach (string expectedPath in Directory.GetFiles(Path.Combine(Folder!, "phantoms"), $"*_expected_{suffix}.nii.gz").Order(StringComparer.Ordinal))
        {
            string phantom = Path.GetFileName(expectedPath).Replace($"_expected_{suffix}.nii.gz", "", StringComparison.Ordinal);
            LabelVolume expected = VolumeFile.ReadLabels(expectedPath);
            Volume image = VolumeFile.Read(Path.Combine(Folder!, "phantoms", $"{phantom}_0000.nii.gz"));
            LabelVolume labels = segmenter.Segment([image]).Labels;
            int allowed = counted.RootElement.GetProperty($"{phantom} {suffix}").GetProperty("voxels_with_margin_below_1e-5").GetInt32();
            int different = labels.As<byte>().ToArray().Zip(expected.As<byte>().ToArray()).Count(pair => pair.First != pair.Second);
            Assert.True(different <= allowed, $"{phantom} {suffix}: {different} voxels differ, {allowed} are near-ties");
        }
    }
}
