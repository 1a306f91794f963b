using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>Evaluates several postprocessings of the same cases while reading every case once.</summary>
internal static class PostprocessingTrials
{
    public static EvaluationSummary[] Evaluate(
        string step,
        IReadOnlyList<EvaluationCase> cases,
        EvaluationOptions options,
        IReadOnlyList<LabelPostprocessing> trials,
        WorkerPool workers,
        IProgress<EvaluationProgress>? progress,
        CancellationToken cancellation)
    {
        CaseEvaluator evaluator = new(options, workers);
        CaseScores[][] scores = [.. trials.Select(_ => new CaseScores[cases.Count])];
        CaseLoop loop = new(step, cases.Count, progress);
        loop.Run(cases, workers, cancellation, (i, one) =>
        {
            (LabelVolume prediction, LabelVolume reference) = one.Read();
            for (int trial = 0; trial < trials.Count; trial++)
            {
                LabelVolume changed = prediction.Copy();
                trials[trial].Apply(changed);
                scores[trial][i] = new CaseScores(one, evaluator.Evaluate(changed, reference, pieceDone: null, cancellation));
            }

            loop.PieceDone();
        });
        return [.. scores.Select(rows => new EvaluationSummary(options, evaluator.Metrics, rows))];
    }
}
