namespace STUNet.Model;

/// <summary>How one input channel is normalised.</summary>
/// <param name="Name">Modality, such as CT; for people only.</param>
/// <param name="Scheme">
/// The plan's own word. v1: CT, CT2, noNorm, and anything else (nonCT) means z-score. v2: CTNormalization, ZScoreNormalization,
/// NoNormalization, RescaleTo01Normalization, RGBTo01Normalization.
/// </param>
/// <param name="UseMask">Statistics over the nonzero region only.</param>
/// <param name="Intensity">Needed by CT, CT2 and CTNormalization; else null.</param>
public sealed record ChannelNormalization(string Name, string Scheme, bool UseMask, IntensityProperties? Intensity);
