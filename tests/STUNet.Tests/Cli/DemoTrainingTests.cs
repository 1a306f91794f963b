using STUNet.Cli;
using STUNet.TestKit;

namespace STUNet.Tests.Cli;

/// <summary>The committed demo model, trained by samples/demo/train.sh, beside the one that PyTorch trained by the same number of patches.</summary>
public sealed class DemoTrainingTests
{
    [Fact]
    public void Predict_TwentyUnseenPhantoms_IsAtLeastAsGoodAsTheModelOfPyTorch()
    {
        Assert.SkipWhen(RepositoryRoot.Shared is null, "shared/ is absent: the PyTorch demo model is not part of the repository");
        LongTests.Require("40 volumes, minutes");
        using CliFiles files = new();
        string raw = files["raw/Dataset901_Unseen"];
        // As samples/demo/train.sh makes them: training had seed 1.
        CliRun.Of("phantom", "-o", raw, "--cases", "20", "--seed", "2").Succeeded();
        string trained = Directory.GetDirectories(Path.Combine(RepositoryRoot.Shared!, "data", "demo-model", "nnUNet", "3d_fullres"), "*__*", SearchOption.AllDirectories).Single();
        CliRun.Of("convert", "-i", trained, "-o", files["pytorch"]).Succeeded();
        double ours = MeanDice(files, DemoFiles.Model, raw, "ours");
        double pytorch = MeanDice(files, files["pytorch"], raw, "theirs");
        TestContext.Current.TestOutputHelper!.WriteLine($"mean Dice over 20 phantoms: ours {ours:F4}, trained by PyTorch {pytorch:F4}");
        Assert.True(ours >= pytorch, $"ours {ours:F4}, PyTorch {pytorch:F4}");
    }

    private static double MeanDice(CliFiles files, string model, string raw, string name)
    {
        CliRun.Of("predict", "--model", model, "-i", Path.Combine(raw, "imagesTr"), "-o", files[name]).Succeeded();
        CliRun run = CliRun.Of("evaluate", "--pred", files[name], "--ref", Path.Combine(raw, "labelsTr"), "--dataset", Path.Combine(raw, "dataset.json"), "--json").Succeeded();
        return run.Json.GetProperty("foregroundMean").GetProperty("Dice").GetDouble();
    }
}
