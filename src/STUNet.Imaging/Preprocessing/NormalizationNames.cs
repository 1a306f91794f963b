using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>The names that plans give the normalisation schemes.</summary>
public static class NormalizationNames
{
    /// <summary>The scheme of a name in v1 plans; every unknown name is <c>nonCT</c>, as in nnU-Net.</summary>
    /// <param name="name">The name.</param>
    public static NormalizationScheme OfVersion1(string name) => name switch
    {
        "CT" => NormalizationScheme.Ct,
        "CT2" => NormalizationScheme.Ct2,
        "noNorm" => NormalizationScheme.None,
        _ => NormalizationScheme.NonCt,
    };

    /// <summary>The scheme of a class name in v2 plans.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="InvalidRequestException">nnU-Net has no such class.</exception>
    public static NormalizationScheme OfVersion2(string name) => name switch
    {
        "CTNormalization" => NormalizationScheme.CtVersion2,
        "ZScoreNormalization" => NormalizationScheme.ZScore,
        "NoNormalization" => NormalizationScheme.None,
        "RescaleTo01Normalization" => NormalizationScheme.RescaleTo01,
        "RGBTo01Normalization" => NormalizationScheme.RgbTo01,
        _ => throw new InvalidRequestException(
            $"The plans name the normalisation {name}, which is none of nnU-Net's; use CTNormalization, ZScoreNormalization, NoNormalization, RescaleTo01Normalization or RGBTo01Normalization."),
    };
}
