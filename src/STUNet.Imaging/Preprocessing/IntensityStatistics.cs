namespace STUNet.Imaging.Preprocessing;

/// <summary>Foreground intensities of one channel over a whole dataset, from the plans.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardDeviation">The standard deviation (<c>sd</c> in v1, <c>std</c> in v2).</param>
/// <param name="Percentile005">The 0.5th percentile (<c>percentile_00_5</c>).</param>
/// <param name="Percentile995">The 99.5th percentile (<c>percentile_99_5</c>).</param>
public sealed record IntensityStatistics(double Mean, double StandardDeviation, double Percentile005, double Percentile995);
