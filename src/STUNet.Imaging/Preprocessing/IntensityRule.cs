namespace STUNet.Imaging.Preprocessing;

/// <summary>How the intensities of one channel are normalised.</summary>
/// <param name="Scheme">The scheme.</param>
/// <param name="UseMask">Whether the nonzero region alone counts.</param>
/// <param name="Dataset">Intensities of the dataset, which the CT schemes need; null where unknown.</param>
public sealed record IntensityRule(NormalizationScheme Scheme, bool UseMask, IntensityStatistics? Dataset);
