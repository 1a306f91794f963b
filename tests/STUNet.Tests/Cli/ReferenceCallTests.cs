using System.Globalization;
using System.Text.Json;
using STUNet.Imaging;
using STUNet.TestKit;

namespace STUNet.Tests.Cli;

/// <summary>The reference's own call on a genuine results folder, against the label maps the reference gave.</summary>
public sealed class ReferenceCallTests
{
    private static readonly string? Folder = RepositoryRoot.Shared is { } shared ? Path.Combine(shared, "data", "demo-model") : null;

    [Fact]
    public void Predict_DemoResultsFolderInParts_DiffersFromPyTorchAtMostAtCountedNearTies()
    {
        Assert.SkipWhen(Folder is null || !Directory.Exists(Folder), "shared/data/demo-model is absent");
        using CliFiles files = new();
        string phantoms = Path.Combine(Folder!, "phantoms");
        Directory.CreateDirectory(files["in"]);
        foreach (string image in Directory.GetFiles(phantoms, "*_0000.nii.gz"))
            File.Copy(image, files[Path.Combine("in", Path.GetFileName(image))]);
        string trainer = Path.GetFileName(Directory.GetDirectories(Path.Combine(Folder!, "nnUNet", "3d_fullres"), "*__*", SearchOption.AllDirectories).Single()).Split("__")[0];
        foreach (string part in new[] { "0", "1" })
        {
            CliRun.Of(
                "predict", "-i", files["in"], "-o", files["out"], "--results-folder", Folder!, "-t", "900", "-m", "3d_fullres", "-f", "0", "-tr", trainer,
                "-chk", "model_final_checkpoint", "--mode", "normal", "--disable_tta", "--step_size", "0.5", "--num_parts", "2", "--part_id", part).Succeeded();
        }

        using JsonDocument counted = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, "expected.json")));
        foreach (string expectedPath in Directory.GetFiles(phantoms, "*_expected_no_mirroring.nii.gz"))
        {
            string phantom = Path.GetFileName(expectedPath).Replace("_expected_no_mirroring.nii.gz", "", StringComparison.Ordinal);
            byte[] expected = VolumeFile.ReadLabels(expectedPath).As<byte>().ToArray();
            byte[] labels = VolumeFile.ReadLabels(files[$"out/{phantom}.nii.gz"]).As<byte>().ToArray();
            int allowed = counted.RootElement.GetProperty($"{phantom} no_mirroring").GetProperty("voxels_with_margin_below_1e-5").GetInt32();
            int different = labels.Zip(expected).Count(pair => pair.First != pair.Second);
            Assert.True(different <= allowed, $"{phantom}: {different} voxels differ, {allowed} are near-ties");
        }

        string model = Directory.GetDirectories(Path.Combine(Folder!, "nnUNet", "3d_fullres"), "*__*", SearchOption.AllDirectories).Single();
        Assert.Equal(File.ReadAllBytes(Path.Combine(model, "plans.pkl")), File.ReadAllBytes(files["out/plans.pkl"]));
        Assert.True(double.Parse(File.ReadAllText(files["out/prediction_time.txt"]), CultureInfo.InvariantCulture) > 0);
    }
}
