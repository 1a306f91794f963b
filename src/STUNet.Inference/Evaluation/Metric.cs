namespace STUNet.Inference;

/// <summary>A number that a summary holds for every label or region of every case.</summary>
/// <param name="Name">Its name in the summary.</param>
/// <param name="IsCount">Whether it counts voxels and is written as a whole number for a case.</param>
public record Metric(string Name, bool IsCount)
{
    /// <summary>Whether it is made of surface distances.</summary>
    public bool IsOfSurface => this is SurfaceMetric;
}

/// <summary>A metric of voxel counts.</summary>
internal sealed record OverlapMetric(string Name, Func<OverlapCounts, double> Of, bool IsCount = false) : Metric(Name, IsCount)
{
    /// <summary>The thirteen of nnU-Net v1, in the order of their names.</summary>
    public static IReadOnlyList<OverlapMetric> V1 { get; } =
    [
        new("Accuracy", c => OverlapCounts.Ratio(c.TruePositives + c.TrueNegatives, c.All)),
        new("Dice", c => c.Dice),
        new("False Discovery Rate", c => 1 - Precision(c)),
        new("False Negative Rate", c => 1 - Recall(c)),
        new("False Omission Rate", FalseOmissionRate),
        new("False Positive Rate", c => 1 - Specificity(c)),
        new("Jaccard", Jaccard),
        new("Negative Predictive Value", c => 1 - FalseOmissionRate(c)),
        new("Precision", Precision),
        new("Recall", Recall),
        new("Total Positives Reference", c => c.Reference, IsCount: true),
        new("Total Positives Test", c => c.Predicted, IsCount: true),
        new("True Negative Rate", Specificity),
    ];

    /// <summary>The eight of nnU-Net v2.</summary>
    public static IReadOnlyList<OverlapMetric> V2 { get; } =
    [
        new("Dice", c => c.Dice),
        new("FN", c => c.FalseNegatives, IsCount: true),
        new("FP", c => c.FalsePositives, IsCount: true),
        new("IoU", Jaccard),
        new("TN", c => c.TrueNegatives, IsCount: true),
        new("TP", c => c.TruePositives, IsCount: true),
        new("n_pred", c => c.Predicted, IsCount: true),
        new("n_ref", c => c.Reference, IsCount: true),
    ];

    private static double Jaccard(OverlapCounts c) => OverlapCounts.Ratio(c.TruePositives, c.TruePositives + c.FalsePositives + c.FalseNegatives);

    private static double Precision(OverlapCounts c) => OverlapCounts.Ratio(c.TruePositives, c.Predicted);

    private static double Recall(OverlapCounts c) => OverlapCounts.Ratio(c.TruePositives, c.Reference);

    private static double Specificity(OverlapCounts c) => OverlapCounts.Ratio(c.TrueNegatives, c.TrueNegatives + c.FalsePositives);

    private static double FalseOmissionRate(OverlapCounts c) => OverlapCounts.Ratio(c.FalseNegatives, c.FalseNegatives + c.TrueNegatives);
}
