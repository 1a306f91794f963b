using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>All metrics of one case.</summary>
internal sealed class CaseEvaluator
{
    private readonly EvaluationOptions _options;
    private readonly WorkerPool _workers;
    private readonly IReadOnlyList<OverlapMetric> _overlap;
    private readonly IReadOnlyList<SurfaceMetric> _surface;

    public CaseEvaluator(EvaluationOptions options, WorkerPool workers)
    {
        if (options.Evaluated.IsDefaultOrEmpty)
            throw new InvalidRequestException("No label is to be evaluated; give at least one.");
        if (options.Evaluated.GroupBy(what => what.Key).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidRequestException($"The label or region {twice.Key} is to be evaluated twice; give it once.");
        (_options, _workers) = (options, workers);
        _overlap = options.Version == NnunetVersion.V1 ? OverlapMetric.V1 : OverlapMetric.V2;
        _surface = options.Surface ? SurfaceMetric.For(options) : [];
        Metrics = [.. _overlap, .. _surface];
    }

    public IReadOnlyList<Metric> Metrics { get; }

    /// <summary>How often <see cref="Evaluate"/> says that it has come further.</summary>
    public int Pieces => _surface.Count == 0 ? 1 : _options.Evaluated.Length + 1;

    /// <summary>Evaluates two label maps of one grid: one entry per label or region.</summary>
    public Scores[] Evaluate(LabelVolume prediction, LabelVolume reference, Action? pieceDone, CancellationToken cancellation)
    {
        LabelOverlap overlap = LabelOverlap.Of(prediction, reference);
        OverlapCounts[] counts = [.. _options.Evaluated.Select(what => overlap.Counts(what, _options.Ignore))];
        pieceDone?.Invoke();
        double[][] surface = _surface.Count == 0 ? [.. counts.Select(_ => Array.Empty<double>())] : Surfaces(prediction, reference, counts, pieceDone, cancellation);
        return [.. counts.Select((count, i) => new Scores(Metrics, [.. _overlap.Select(metric => metric.Of(count)), .. surface[i]]))];
    }

    private double[][] Surfaces(LabelVolume prediction, LabelVolume reference, OverlapCounts[] counts, Action? pieceDone, CancellationToken cancellation)
    {
        LabelBoxes predicted = LabelBoxes.Of(prediction);
        LabelBoxes right = LabelBoxes.Of(reference);
        double[][] values = new double[counts.Length][];
        _workers.Run(counts.Length, i =>
        {
            cancellation.ThrowIfCancellationRequested();
            SurfaceScores scores = new(SurfaceDistances.Of(prediction, predicted, reference, right, _options.Evaluated[i], _workers, _options.Ignore));
            values[i] = [.. _surface.Select(metric => metric.Of(scores, counts[i]))];
            pieceDone?.Invoke();
        });
        return values;
    }
}
