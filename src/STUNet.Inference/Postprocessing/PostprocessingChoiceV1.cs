using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>
/// Which postprocessing helps on validation cases, by the rules of nnU-Net v1: the whole foreground as one object is kept to its largest component if that makes a
/// class better and none worse; on top of that every class for which its own largest component is better.
/// </summary>
public sealed class PostprocessingChoiceV1
{
    private PostprocessingChoiceV1(ImmutableArray<LabelOrRegion> kept, ClassDice raw, ClassDice whole, ClassDice? perClass, int cases) =>
        (Kept, Raw, KeepingWhole, KeepingPerClass, Cases) = (kept, raw, whole, perClass, cases);

    /// <summary>What is kept to its largest component, in order.</summary>
    public ImmutableArray<LabelOrRegion> Kept { get; }

    /// <summary>Mean Dice per class before.</summary>
    public ClassDice Raw { get; }

    /// <summary>Mean Dice per class with the largest component of the whole foreground.</summary>
    public ClassDice KeepingWhole { get; }

    /// <summary>Mean Dice per class with the largest component of every class as well; null for a single class, where it is not tried.</summary>
    public ClassDice? KeepingPerClass { get; }

    /// <summary>The number of cases.</summary>
    public int Cases { get; }

    /// <summary>The postprocessing to apply.</summary>
    public LabelPostprocessing Postprocessing => LabelPostprocessing.Of(NnunetVersion.V1, Kept);

    /// <summary>Tries and decides. Every case is read once.</summary>
    /// <param name="cases">The validation cases; at least one.</param>
    /// <param name="classes">The foreground labels; at least one, without 0.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="progress">Told the cases done.</param>
    /// <param name="cancellation">Stops between two cases.</param>
    /// <exception cref="InvalidFileException">A file is unusable, or prediction and reference have different grids.</exception>
    public static PostprocessingChoiceV1 Decide(
        IReadOnlyList<EvaluationCase> cases,
        ImmutableArray<uint> classes,
        WorkerPool workers,
        IProgress<EvaluationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (cases.Count == 0 || classes.IsDefaultOrEmpty)
            throw new InvalidRequestException("Postprocessing is decided on at least one case and one class; give both.");
        ImmutableArray<LabelOrRegion> single = [.. classes.Select(LabelOrRegion.Label)];
        LabelOrRegion whole = LabelOrRegion.Region(classes);
        bool hasSeveral = classes.Length > 1;
        // Both starting points of the second step are measured at once, because the first is decided only when all cases are known.
        LabelPostprocessing[] trials =
        [
            LabelPostprocessing.Of(NnunetVersion.V1, []),
            LabelPostprocessing.Of(NnunetVersion.V1, [whole]),
            .. hasSeveral ? [LabelPostprocessing.Of(NnunetVersion.V1, single), LabelPostprocessing.Of(NnunetVersion.V1, [whole, .. single])] : Array.Empty<LabelPostprocessing>(),
        ];
        EvaluationSummary[] summaries = PostprocessingTrials.Evaluate(
            "trying", cases, new EvaluationOptions(NnunetVersion.V1, single), trials, workers, progress, cancellation);
        ClassDice[] dice = [.. summaries.Select(summary => new ClassDice(summary))];
        (ClassDice raw, ClassDice keepingWhole) = (dice[0], dice[1]);
        bool takesWhole = single.Any(what => keepingWhole[what] > raw[what]) && !single.Any(what => keepingWhole[what] < raw[what]);
        ClassDice before = takesWhole ? keepingWhole : raw;
        ClassDice? perClass = hasSeveral ? dice[takesWhole ? 3 : 2] : null;
        return new PostprocessingChoiceV1(
            [.. takesWhole ? [whole] : Array.Empty<LabelOrRegion>(), .. single.Where(what => perClass is not null && perClass[what] > before[what])],
            raw,
            keepingWhole,
            perClass,
            cases.Count);
    }

    /// <summary>Writes <c>postprocessing.json</c> as nnU-Net v1 does.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="raw">Name of the folder the cases came from.</param>
    /// <param name="final">Name of the folder they are postprocessed to.</param>
    public void Write(string path, string raw = "validation_raw", string final = "validation_raw_postprocessed") => AtomicFile.WriteText(path, Text(raw, final));

    /// <summary>The text of <c>postprocessing.json</c>.</summary>
    /// <param name="raw">Name of the folder the cases came from.</param>
    /// <param name="final">Name of the folder they are postprocessed to.</param>
    public string Text(string raw = "validation_raw", string final = "validation_raw_postprocessed") => PythonJson.Text(new SortedDictionary<string, object?>(StringComparer.Ordinal)
    {
        ["dc_per_class_pp_all"] = KeepingWhole.Json(),
        ["dc_per_class_pp_per_class"] = KeepingPerClass?.Json() ?? [],
        ["dc_per_class_raw"] = Raw.Json(),
        ["for_which_classes"] = Kept.Select(PostprocessingFile.Json).ToArray(),
        [ObjectSizes.Field] = "None",
        ["num_samples"] = Cases,
        ["validation_final"] = final,
        ["validation_raw"] = raw,
    });
}
