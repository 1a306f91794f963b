namespace STUNet.Inference;

/// <summary>Voxels by what prediction and reference say about one label or region.</summary>
/// <param name="TruePositives">In both.</param>
/// <param name="FalsePositives">In the prediction only.</param>
/// <param name="FalseNegatives">In the reference only.</param>
/// <param name="TrueNegatives">In neither.</param>
public readonly record struct OverlapCounts(long TruePositives, long FalsePositives, long FalseNegatives, long TrueNegatives)
{
    /// <summary>Voxels of the prediction.</summary>
    public long Predicted => TruePositives + FalsePositives;

    /// <summary>Voxels of the reference.</summary>
    public long Reference => TruePositives + FalseNegatives;

    /// <summary>All voxels.</summary>
    public long All => TruePositives + FalsePositives + FalseNegatives + TrueNegatives;

    /// <summary>Twice the common voxels over the voxels of both; NaN where both are empty.</summary>
    public double Dice => Ratio(2 * TruePositives, (2 * TruePositives) + FalsePositives + FalseNegatives);

    /// <summary>A quotient of counts, NaN where there is nothing to divide by.</summary>
    internal static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;
}
