using System.Collections.Immutable;
using STUNet.Inference;
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
/// <param name="Initial">What it began with; null where its checkpoints do not tell.</param>
internal sealed record TrainingFacts(
    string Dataset, string Configuration, TrainerSettings Settings, ModelManifest Manifest, DataSplit Split, string Device, string PlanHash, InitialWeights? Initial)
{
    /// <summary>What it began with, in words.</summary>
    public string Beginning => Initial?.ToString() ?? "not kept by the program that began it";

    /// <summary>Every setting that decided the result, by name.</summary>
    public ImmutableSortedDictionary<string, string> Described { get; init; } = Settings.Describe();

    /// <summary>The checkpoint of the final validation.</summary>
    public string Validated { get; init; } = TrainingFolder.FinalFile;

    /// <summary>Names of the classes or regions that the pseudo Dice is of, in their order.</summary>
    public IReadOnlyList<string> Classes => Manifest.Regions.IsEmpty
        ? [.. Enumerable.Range(1, Settings.ScoredClasses).Select(NameOf)]
        : [.. Manifest.Regions.Select(region => region.Name)];

    /// <summary>The name of what is evaluated; its number or numbers where it has none.</summary>
    /// <param name="what">A label or a region.</param>
    public string NameOf(LabelOrRegion what) =>
        Manifest.Regions.FirstOrDefault(region => region.Labels.Select(label => (uint)label).SequenceEqual(what.Labels))?.Name
        ?? (what.IsRegion ? what.Key : NameOf((int)what.Labels[0]));

    private string NameOf(int label) => Manifest.Labels.GetValueOrDefault(label, $"label {label}");
}
