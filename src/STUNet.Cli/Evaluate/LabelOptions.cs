using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary>What is evaluated, and by whose rules: <c>--labels</c>, <c>--dataset</c> or <c>--unify</c>, <c>--ignore</c>, <c>--format</c>.</summary>
internal sealed class LabelOptions
{
    private const string Automatic = "auto";

    private readonly Option<ImmutableArray<ImmutableArray<uint>>?> _labels = ParsedOption.Of<ImmutableArray<ImmutableArray<uint>>>(
        "--labels", "N,N,...", "Labels to evaluate, such as 1,2,3; 1+2 is the region of both.", TryParse, "labels with commas between them, such as 1,2,3 or 1+2,3");

    private readonly Option<string?> _dataset = new("--dataset") { HelpName = "FILE", Description = "Evaluate the labels or regions of this dataset.json instead, its ignore label left out." };
    private readonly Option<uint?> _ignore = ParsedOption.Of<uint>(
        "--ignore", "N", "Voxels with this label in the reference do not count.", TryParseLabel, $"a label, 0 to {LabelOrRegion.LargestLabel}");

    private readonly Option<string> _format = ParsedOption.OneOf("--format", "By the rules of nnU-Net v1 or v2; auto: of the form of --dataset, else v1.", Automatic, Automatic, "v1", "v2");

    private readonly Option<string?> _unify = new("--unify")
    {
        HelpName = "NAME|FILE",
        Description = "Map a model of the 104 TotalSegmentator structures and another data set to their common classes, as STU-Net's direct inference does: "
            + "a data set such as Task022_FLARE22, or a JSON table such as {\"classes\": [[\"1\", \"liver\"], [\"agg:2,3\", \"kidney\"]]}.",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="withUnification">Whether labels may be mapped.</param>
    public void AddTo(Command command, bool withUnification = false)
    {
        foreach (Option option in new Option[] { _labels, _dataset, _ignore, _format })
            command.Options.Add(option);
        if (withUnification)
            command.Options.Add(_unify);
    }

    /// <summary>Reads the options.</summary>
    /// <exception cref="InvalidRequestException">Not exactly one of --labels, --dataset and --unify is given.</exception>
    public LabelSelection Read(ParseResult arguments)
    {
        ImmutableArray<ImmutableArray<uint>>? labels = arguments.GetValue(_labels);
        string? dataset = arguments.GetValue(_dataset);
        bool canUnify = arguments.CommandResult.Command.Options.Contains(_unify);
        string? unify = canUnify ? arguments.GetValue(_unify) : null;
        if ((labels is null ? 0 : 1) + (dataset is null ? 0 : 1) + (unify is null ? 0 : 1) != 1)
            throw new InvalidRequestException($"Give one of --labels, such as --labels 1,2,3, {(canUnify ? "--dataset dataset.json or --unify" : "or --dataset dataset.json")}.");
        string format = arguments.GetRequiredValue(_format).ToLowerInvariant();
        NnunetVersion version = format == "v2" ? NnunetVersion.V2 : NnunetVersion.V1;
        uint? ignore = arguments.GetValue(_ignore);
        if (labels is { } listed)
            return new LabelSelection(version, [.. listed.Select(item => item.Length == 1 ? LabelOrRegion.Label(item[0]) : LabelOrRegion.Region(item))], ignore, ImmutableSortedDictionary<uint, string>.Empty);
        if (unify is not null)
        {
            LabelUnification unification = File.Exists(unify) ? LabelUnification.Read(unify) : LabelUnification.Of(unify);
            return new LabelSelection(version, unification.Evaluated, ignore, ImmutableSortedDictionary<uint, string>.Empty) { Unification = unification };
        }

        DatasetLabels known = DatasetLabels.Read(dataset!);
        if (format == Automatic)
            version = known.Form;
        // The reference's validation in v1 evaluates the background of a data set too; v2 never does.
        ImmutableArray<LabelOrRegion> evaluated = version == NnunetVersion.V1 ? [LabelOrRegion.Label(0), .. known.Foreground] : known.Foreground;
        return new LabelSelection(version, evaluated, ignore ?? known.Ignore, known.Names);
    }

    private static ImmutableArray<ImmutableArray<uint>>? TryParse(string text)
    {
        ImmutableArray<uint>?[] items = [.. text.Split(',').Select(item => TryParseRegion(item.Split('+')))];
        return Array.TrueForAll(items, item => item is not null) ? [.. items.Select(item => item!.Value)] : null;
    }

    private static ImmutableArray<uint>? TryParseRegion(string[] parts)
    {
        uint?[] labels = [.. parts.Select(TryParseLabel)];
        return Array.TrueForAll(labels, label => label is not null) ? [.. labels.Select(label => label!.Value)] : null;
    }

    private static uint? TryParseLabel(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint label) && label <= LabelOrRegion.LargestLabel ? label : null;
}
