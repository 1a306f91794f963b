namespace STUNet.Model;

/// <summary>Statistics of a channel's foreground intensities over the training cases, in the image's unit (HU for CT).</summary>
/// <param name="Mean">Mean.</param>
/// <param name="StandardDeviation">Standard deviation (v1 calls it sd, v2 std).</param>
/// <param name="Median">Median.</param>
/// <param name="Min">Minimum.</param>
/// <param name="Max">Maximum.</param>
/// <param name="Percentile005">0.5th percentile: lower clipping bound.</param>
/// <param name="Percentile995">99.5th percentile: upper clipping bound.</param>
public sealed record IntensityProperties(
    double Mean, double StandardDeviation, double Median, double Min, double Max, double Percentile005, double Percentile995);
