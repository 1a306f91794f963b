namespace STUNet.Imaging.Preprocessing;

/// <summary>A step of <see cref="ChannelPreprocessor"/>.</summary>
public enum PreprocessingStep
{
    /// <summary>Resampling to the network's grid.</summary>
    Resampling,

    /// <summary>Normalising intensities.</summary>
    Normalisation,
}
