using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>
/// Which postprocessing helps on validation cases, by the rules of nnU-Net v2: the largest component of the whole foreground is kept if the foreground mean Dice
/// grows and no class loses; then, one after another on what was taken so far, that of every label or region whose mean Dice grows.
/// </summary>
public sealed class PostprocessingChoiceV2
{
    private PostprocessingChoiceV2(EvaluationSummary before, EvaluationSummary after, ImmutableArray<LabelOrRegion> kept) =>
        (Before, After, Kept) = (before, after, kept);

    /// <summary>The evaluation of the cases as they are.</summary>
    public EvaluationSummary Before { get; }

    /// <summary>The evaluation with everything that was taken.</summary>
    public EvaluationSummary After { get; }

    /// <summary>What is kept to its largest component, in order.</summary>
    public ImmutableArray<LabelOrRegion> Kept { get; }

    /// <summary>The postprocessing to apply.</summary>
    public LabelPostprocessing Postprocessing => LabelPostprocessing.Of(NnunetVersion.V2, Kept);

    /// <summary>Tries and decides. Cases are read once per step, of which there are at most as many as regions overlap, plus two.</summary>
    /// <param name="cases">The validation cases; at least one.</param>
    /// <param name="foreground">All foreground labels; at least one, without 0.</param>
    /// <param name="options">The labels or regions that are evaluated, and the ignore label.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="progress">Told the cases done of every step.</param>
    /// <param name="cancellation">Stops between two cases.</param>
    /// <exception cref="InvalidFileException">A file is unusable, or prediction and reference have different grids.</exception>
    public static PostprocessingChoiceV2 Decide(
        IReadOnlyList<EvaluationCase> cases,
        ImmutableArray<uint> foreground,
        EvaluationOptions options,
        WorkerPool workers,
        IProgress<EvaluationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (cases.Count == 0 || foreground.IsDefaultOrEmpty)
            throw new InvalidRequestException("Postprocessing is decided on at least one case and one class; give both.");
        LabelOrRegion whole = LabelOrRegion.Region(foreground);
        EvaluationSummary[] first = Evaluate("trying the whole foreground", [], [whole]);
        List<LabelOrRegion> kept = [];
        EvaluationSummary now = first[0];
        if (Takes(first[0], first[1]))
            (now, kept) = (first[1], [whole]);
        if (options.Evaluated.Length > 1)
        {
            foreach (IReadOnlyList<LabelOrRegion> group in Disjoint(options.Evaluated))
            {
                EvaluationSummary all = Evaluate($"trying {string.Join(", ", group)}", [.. kept, .. group])[0];
                ClassDice before = new(now), after = new(all);
                LabelOrRegion[] better = [.. group.Where(what => after[what] > before[what])];
                kept.AddRange(better);
                if (better.Length > 0)
                    now = better.Length == group.Count ? all : Evaluate("evaluating what was taken", kept)[0];
            }
        }

        return new PostprocessingChoiceV2(first[0], now, [.. kept]);

        EvaluationSummary[] Evaluate(string step, params IReadOnlyList<IReadOnlyList<LabelOrRegion>> trials) => PostprocessingTrials.Evaluate(
            step, cases, options, [.. trials.Select(trial => LabelPostprocessing.Of(NnunetVersion.V2, trial))], workers, progress, cancellation);
    }

    /// <summary>Writes <c>postprocessing.json</c> with the members of nnU-Net v2's, which are all that is needed to apply it.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    public void Write(string path) => AtomicFile.WriteText(path, Text());

    /// <summary>The text of <c>postprocessing.json</c>.</summary>
    public string Text() => PythonJson.Text(new SortedDictionary<string, object?>(StringComparer.Ordinal)
    {
        ["input_folder"] = SummaryFile.MeansV2(Before),
        ["postprocessed"] = SummaryFile.MeansV2(After),
        ["postprocessing_fns"] = Kept.Select(_ => (object)PostprocessingFile.KeepLargestV2).ToArray(),
        ["postprocessing_kwargs"] = Kept
            .Select(what => new SortedDictionary<string, object?>(StringComparer.Ordinal) { ["labels_or_regions"] = PostprocessingFile.Json(what) })
            .ToArray(),
    });

    private static bool Takes(EvaluationSummary before, EvaluationSummary after) =>
        after.ForegroundMean["Dice"] > before.ForegroundMean["Dice"]
        && !before.Mean.Zip(after.Mean).Any(pair => pair.Second["Dice"] < pair.First["Dice"]);

    // Keeping the largest component of one label changes nothing about another that shares no voxel with it, so neighbours of the list without a common
    // label are tried together: the decisions are the same as one after another.
    private static IEnumerable<IReadOnlyList<LabelOrRegion>> Disjoint(ImmutableArray<LabelOrRegion> evaluated)
    {
        List<LabelOrRegion> group = [];
        foreach (LabelOrRegion what in evaluated)
        {
            if (group.Exists(what.Overlaps))
            {
                yield return group;
                group = [];
            }

            group.Add(what);
        }

        yield return group;
    }
}
