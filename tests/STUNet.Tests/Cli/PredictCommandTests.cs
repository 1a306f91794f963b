using System.Text.Json;
using SkiaSharp;
using STUNet.Imaging;

namespace STUNet.Tests.Cli;

public sealed class PredictCommandTests
{
    [Fact]
    public void Predict_InitialisedModel_WritesALabelMapOfTheImagesGeometry()
    {
        using CliFiles files = new();
        string image = files.Image("a.nii.gz");
        CliRun run = CliRun.Of("predict", "--model", files.Model(), "-i", image, "-o", files["seg.nii.gz"], "--preview", files["seg.png"], "--json").Succeeded();
        LabelVolume labels = VolumeFile.ReadLabels(files["seg.nii.gz"]);
        Volume input = VolumeFile.Read(image);
        Assert.Equal(input.Size, labels.Size);
        Assert.Equal(input.Geometry.Affine, labels.Geometry.Affine);
        Assert.InRange(labels.Largest(), 1u, 2u);
        JsonElement found = Assert.Single(run.Json.GetProperty("cases").EnumerateArray());
        Assert.Equal("a", found.GetProperty("case").GetString());
        foreach (JsonElement structure in found.GetProperty("structures").EnumerateArray())
        {
            uint label = structure.GetProperty("label").GetUInt32();
            int voxels = Enumerable.Range(0, (int)labels.Size.Product).Count(index => labels[index] == label);
            Assert.Equal(voxels, structure.GetProperty("voxels").GetInt32());
            Assert.Equal(voxels * 2 * 1.5 * 1.5 / 1000, structure.GetProperty("millilitres").GetDouble(), 1e-9);
        }

        using SKBitmap preview = SKBitmap.Decode(files["seg.png"]);
        Assert.Equal(1280, preview.Width);
    }

    [Fact]
    public void Predict_MoreThreads_GivesTheSameFile()
    {
        using CliFiles files = new();
        string model = files.Model();
        string image = files.Image("a.nii.gz");
        foreach (string threads in new[] { "1", "2", "3" })
            CliRun.Of("predict", "--model", model, "-i", image, "-o", files[$"{threads}.nii.gz"], "--threads", threads, "--disable_tta").Succeeded();
        Assert.Equal(File.ReadAllBytes(files["1.nii.gz"]), File.ReadAllBytes(files["2.nii.gz"]));
        Assert.Equal(File.ReadAllBytes(files["1.nii.gz"]), File.ReadAllBytes(files["3.nii.gz"]));
    }

    [Fact]
    public void Predict_FolderInParts_SharesTheCasesAndKeepsWhatIsThere()
    {
        using CliFiles files = new();
        string model = files.Model();
        foreach (string name in new[] { "a", "b", "c" })
            files.Image($"in/{name}_0000.nii.gz", salt: name);
        string[] call = ["predict", "--model", model, "-i", files["in"], "-o", files["out"], "--disable_tta", "--num_parts", "2", "--part_id"];
        CliRun.Of([.. call, "1"]).Succeeded();
        Assert.Equal(["b.nii.gz"], files.FilesIn("out"));
        File.WriteAllText(files["out/b.nii.gz"], "kept");
        CliRun.Of([.. call, "0"]).Succeeded();
        Assert.Equal(["a.nii.gz", "b.nii.gz", "c.nii.gz"], files.FilesIn("out"));
        CliRun again = CliRun.Of([.. call[..^3]]).Succeeded();
        Assert.Contains("3 skipped", again.Output);
        Assert.Equal("kept", File.ReadAllText(files["out/b.nii.gz"]));
        CliRun.Of([.. call, "1", "--overwrite_existing"]).Succeeded();
        Assert.NotEqual("kept", File.ReadAllText(files["out/b.nii.gz"]));
    }

    [Fact]
    public void Predict_SeveralChannels_ReadsThemByNumber()
    {
        using CliFiles files = new();
        string model = files.Model(channels: 2);
        files.Image("in/case_0000.nii.gz", "first");
        files.Image("in/case_0001.nii.gz", "second");
        files.Image("in/case_0002.nii.gz", "third");
        CliRun run = CliRun.Of("predict", "--model", model, "-i", files["in"], "-o", files["out"], "--disable_tta").Succeeded();
        Assert.Contains("case_0002.nii.gz: not used", run.Error);
        Assert.Equal(["case.nii.gz"], files.FilesIn("out"));
        CliRun.Of("predict", "--model", model, "-i", files["in/case_0000.nii.gz"], "-o", files["one.nii.gz"], "--disable_tta").Succeeded();
        Assert.Equal(File.ReadAllBytes(files["out/case.nii.gz"]), File.ReadAllBytes(files["one.nii.gz"]));
    }

    [Fact]
    public void Predict_Verbose_PrintsTheMemoryPlanBeforeTheNetwork()
    {
        using CliFiles files = new();
        CliRun run = CliRun.Of("predict", "--model", files.Model(), "-i", files.Image("a.nii.gz"), "-o", files["seg.nii.gz"], "--disable_tta", "--verbose").Succeeded();
        Assert.Contains("planned memory", run.Error);
        Assert.Contains("at most", run.Error);
    }

    [Fact]
    public void Predict_TwoCases_ReportsEveryStageAndItsShareOfTheWallTime()
    {
        using CliFiles files = new();
        files.Image("in/a.nii.gz");
        files.Image("in/b.nii.gz", "b");
        CliRun run = CliRun.Of("predict", "--model", files.Model(), "-i", files["in"], "-o", files["out"], "--disable_tta", "--verbose", "--json").Succeeded();
        JsonElement[] stages = [.. run.Json.GetProperty("stages").EnumerateArray()];
        string[] names =
        [
            "start", "loading", "reading", "cropping", "resampling", "normalisation", "windows", "accumulator", "export", "writing", "in all", "outside of the windows",
        ];
        Assert.Equal(names, stages.Select(stage => stage.GetProperty("stage").GetString()));
        double wall = Seconds("in all");
        Assert.All(stages, stage => Assert.Equal(stage.GetProperty("seconds").GetDouble() / wall, stage.GetProperty("share").GetDouble(), 1e-6));
        Assert.Equal(wall, Seconds("windows") + Seconds("outside of the windows"), 1e-6);
        foreach (string name in names)
            Assert.Contains(run.ErrorLines, line => line.StartsWith(name, StringComparison.Ordinal) && line.EndsWith('%'));
        foreach (string name in names[2..10])
        {
            double sum = run.Json.GetProperty("cases").EnumerateArray().Sum(one => one.GetProperty("steps").GetProperty(name).GetDouble());
            Assert.True(sum > 0);
            Assert.Equal(sum, Seconds(name), 1e-6);
        }

        double Seconds(string name) => stages.Single(stage => stage.GetProperty("stage").GetString() == name).GetProperty("seconds").GetDouble();
    }
}
