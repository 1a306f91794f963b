using System.Text.Json;
using System.Text.RegularExpressions;
using SkiaSharp;
using STUNet.Imaging;
using STUNet.TestKit;

namespace STUNet.Tests.Cli;

public sealed class DemoCommandTests
{
    [Fact]
    public void Run_Demo_ReachesADiceOf90PercentAndWritesLabelsAndPicture()
    {
        using CliFiles files = new();
        CliRun run = CliRun.Of("demo", "--output", files["out"]).Succeeded();
        Match mean = Regex.Match(run.Output, @"^Mean Dice: (0\.\d{3})\r?$", RegexOptions.Multiline);
        Assert.True(mean.Success, run.Output);
        Assert.InRange(double.Parse(mean.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), 0.9, 1);
        Assert.Contains("peak memory", run.Output);
        Assert.Equal(["phantom_01.nii.gz", "phantom_01.png"], files.FilesIn("out"));
        using SKBitmap picture = SKBitmap.Decode(files["out/phantom_01.png"]);
        HashSet<SKColor> colors = [.. picture.Pixels];
        Assert.All(Enumerable.Range(1, 8), label => Assert.Contains(STUNet.Cli.LabelColors.Of((uint)label), colors));
        AssertDiceAsExpected(VolumeFile.ReadLabels(files["out/phantom_01.nii.gz"]));
    }

    // The committed weights are rounded to half precision, so a few voxels may differ from PyTorch's: the Dice of every structure stays within 0.005.
    private static void AssertDiceAsExpected(LabelVolume labels)
    {
        if (RepositoryRoot.Shared is null)
            return;
        string folder = Path.Combine(RepositoryRoot.Shared, "data", "demo-model");
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
        using JsonDocument names = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, "samples", "demo", "model", "model.json")));
        IReadOnlyDictionary<uint, double> dice = STUNet.Cli.DiceScores.Of(VolumeFile.ReadLabels(Path.Combine(folder, "phantoms", "phantom_01_truth.nii.gz")), labels);
        foreach ((uint label, double score) in dice)
        {
            string name = names.RootElement.GetProperty("labels").GetProperty($"{label}").GetString()!;
            Assert.Equal(expected.RootElement.GetProperty("phantom_01 no_mirroring").GetProperty("dice").GetProperty(name).GetDouble(), score, 0.005);
        }
    }

    [Fact]
    public void Samples_OfTheDemo_AreSmall()
    {
        long bytes = Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "samples", "demo"), "*", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length);
        Assert.InRange(bytes, 1, 10_000_000);
    }
}
