using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>Scores of a set of cases and their means.</summary>
public sealed class EvaluationSummary
{
    internal EvaluationSummary(EvaluationOptions options, IReadOnlyList<Metric> metrics, IReadOnlyList<CaseScores> cases)
    {
        (Options, Cases) = (options, cases);
        Mean = [.. options.Evaluated.Select((_, i) => Scores.Mean(metrics, [.. cases.Select(scores => scores.Scores[i])], withoutNaN: true))];
        Scores[] foreground = [.. Mean.Where((_, i) => !options.Evaluated[i].IsBackground)];
        ForegroundMean = Scores.Mean(metrics, foreground, withoutNaN: options.Version == NnunetVersion.V1);
    }

    /// <summary>What was evaluated.</summary>
    public EvaluationOptions Options { get; }

    /// <summary>The cases, in the order given.</summary>
    public IReadOnlyList<CaseScores> Cases { get; }

    /// <summary>Per label or region the mean over the cases where the metric is defined.</summary>
    public IReadOnlyList<Scores> Mean { get; }

    /// <summary>
    /// The mean of <see cref="Mean"/> over all but the background. v1 leaves out labels whose mean is NaN; in v2 one such label makes the result NaN.
    /// </summary>
    public Scores ForegroundMean { get; }

    /// <summary>
    /// Evaluates cases, in parallel over cases or labels; the result does not depend on how many threads work. At most as many cases are in memory as there are
    /// workers.
    /// </summary>
    /// <param name="cases">The cases; at least one.</param>
    /// <param name="options">What to evaluate.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="progress">Told the pieces done: cases, or with surfaces their labels.</param>
    /// <param name="cancellation">Stops between two cases or labels.</param>
    /// <exception cref="InvalidFileException">A file is unusable, or prediction and reference have different grids.</exception>
    /// <exception cref="InvalidRequestException">No case, or nothing to evaluate.</exception>
    public static EvaluationSummary Of(
        IReadOnlyList<EvaluationCase> cases,
        EvaluationOptions options,
        WorkerPool workers,
        IProgress<EvaluationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (cases.Count == 0)
            throw new InvalidRequestException("There is no case to evaluate; give a prediction and its reference.");
        CaseEvaluator evaluator = new(options, workers);
        CaseScores[] scores = new CaseScores[cases.Count];
        CaseLoop loop = new("evaluating", cases.Count * evaluator.Pieces, progress);
        // A loop within a loop of the workers has one thread only, so few cases take turns and share the threads among their labels.
        if (options.Surface && cases.Count < workers.Count)
            loop.RunOneByOne(cases, cancellation, Evaluate);
        else
            loop.Run(cases, workers, cancellation, Evaluate);
        return new EvaluationSummary(options, evaluator.Metrics, scores);

        void Evaluate(int i, EvaluationCase one)
        {
            (LabelVolume prediction, LabelVolume reference) = one.Read();
            scores[i] = new CaseScores(one, evaluator.Evaluate(prediction, reference, loop.PieceDone, cancellation));
        }
    }
}
