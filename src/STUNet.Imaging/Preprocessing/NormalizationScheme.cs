namespace STUNet.Imaging.Preprocessing;

/// <summary>How the intensities of a channel are normalised. Statistics are population statistics (no Bessel correction).</summary>
public enum NormalizationScheme
{
    /// <summary>v1 <c>nonCT</c>: (x - mean) / (std + 1e-8); with a mask over the voxels inside, outside becomes 0.</summary>
    NonCt,

    /// <summary>v1 <c>CT</c>: clip to the dataset's percentiles, (x - mean) / sd of the dataset; with a mask outside becomes 0.</summary>
    Ct,

    /// <summary>v1 <c>CT2</c>: clip to the dataset's percentiles, then (x - mean) / std of the voxels strictly between them; with a mask outside becomes 0.</summary>
    Ct2,

    /// <summary>v1 <c>noNorm</c> and v2 <c>NoNormalization</c>: unchanged.</summary>
    None,

    /// <summary>v2 <c>ZScoreNormalization</c>: (x - mean) / max(std, 1e-8); with a mask over the voxels inside, outside stays as it is.</summary>
    ZScore,

    /// <summary>v2 <c>CTNormalization</c>: clip to the dataset's percentiles, (x - mean) / max(sd, 1e-8) of the dataset; ignores the mask.</summary>
    CtVersion2,

    /// <summary>v2 <c>RescaleTo01Normalization</c>: (x - min) / max(max - min, 1e-8).</summary>
    RescaleTo01,

    /// <summary>v2 <c>RGBTo01Normalization</c>: x / 255; values must lie in [0, 255].</summary>
    RgbTo01,
}
