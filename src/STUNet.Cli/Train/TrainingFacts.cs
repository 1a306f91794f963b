using STUNet.Model;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>What a training is, as its report shows it.</summary>
/// <param name="Dataset">Name of the data set.</param>
/// <param name="Configuration">Configuration of the plans.</param>
/// <param name="Settings">What is done.</param>
/// <param name="Manifest">The model it makes.</param>
/// <param name="Split">The cases.</param>
/// <param name="Device">The device.</param>
/// <param name="PlanHash">SHA-256 of the plans' file, in hexadecimal.</param>
/// <param name="Pretrained">Where the initial weights come from; empty for none.</param>
internal sealed record TrainingFacts(
    string Dataset, string Configuration, TrainerSettings Settings, ModelManifest Manifest, DataSplit Split, string Device, string PlanHash, string Pretrained)
{
    /// <summary>Names of the classes that the pseudo Dice is of, in their order.</summary>
    public IReadOnlyList<string> Classes => [.. Enumerable.Range(1, Settings.ScoredClasses).Select(NameOf)];

    /// <summary>The name of a label; its number where it has none.</summary>
    /// <param name="label">The label.</param>
    public string NameOf(int label) => Manifest.Labels.GetValueOrDefault(label, $"label {label}");
}
