namespace STUNet.Training;

/// <summary>Voxels of one class or region over validation patches.</summary>
/// <param name="TruePositives">Predicted and there.</param>
/// <param name="FalsePositives">Predicted but not there.</param>
/// <param name="FalseNegatives">There but not predicted.</param>
public readonly record struct ClassCounts(long TruePositives, long FalsePositives, long FalseNegatives)
{
    /// <summary>2 TP / (2 TP + FP + FN); NaN where the class was neither there nor predicted.</summary>
    public double Dice
    {
        get
        {
            long both = (2 * TruePositives) + FalsePositives + FalseNegatives;
            return both == 0 ? double.NaN : 2.0 * TruePositives / both;
        }
    }

    /// <summary>The sum of two.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    public static ClassCounts operator +(ClassCounts a, ClassCounts b) =>
        new(a.TruePositives + b.TruePositives, a.FalsePositives + b.FalsePositives, a.FalseNegatives + b.FalseNegatives);
}
