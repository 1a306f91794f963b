using System.Globalization;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>A metric of surface distances.</summary>
internal sealed record SurfaceMetric(string Name, Func<SurfaceScores, OverlapCounts, double> Of) : Metric(Name, IsCount: false)
{
    /// <summary>The metrics of a format: nnU-Net v1's names where it has the metric, short ones in v2, which has none of its own.</summary>
    public static IReadOnlyList<SurfaceMetric> For(EvaluationOptions options) => options.Version == NnunetVersion.V1 ? V1(options) : V2(options);

    private static SurfaceMetric[] V1(EvaluationOptions options) =>
    [
        UnlessFull("Avg. Surface Distance", scores => scores.AverageToReference),
        UnlessFull("Avg. Symmetric Surface Distance", scores => scores.AverageSymmetric),
        UnlessFull("Hausdorff Distance", scores => scores.Hausdorff),
        UnlessFull("Hausdorff Distance 95", scores => scores.Hausdorff95),
        .. options.TolerancesMm.Select(mm => new SurfaceMetric($"Normalized Surface Dice {Text(mm)} mm", (scores, _) => scores.NormalizedSurfaceDice(mm))),
    ];

    private static SurfaceMetric[] V2(EvaluationOptions options) =>
    [
        new("ASSD", (scores, _) => scores.AverageSymmetric),
        new("HD", (scores, _) => scores.Hausdorff),
        new("HD95", (scores, _) => scores.Hausdorff95),
        new("HD95_max_directed", (scores, _) => scores.Hausdorff95MaxDirected),
        .. options.TolerancesMm.Select(mm => new SurfaceMetric($"NSD_{Text(mm)}", (scores, _) => scores.NormalizedSurfaceDice(mm))),
    ];

    // v1 has no distance for a mask without a voxel, nor for one that fills the image.
    private static SurfaceMetric UnlessFull(string name, Func<SurfaceScores, double> of) =>
        new(name, (scores, counts) => counts.Predicted == counts.All || counts.Reference == counts.All ? double.NaN : of(scores));

    private static string Text(double mm) => mm.ToString(CultureInfo.InvariantCulture);
}
