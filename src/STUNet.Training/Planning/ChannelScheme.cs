using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The normalisation nnU-Net v2 chooses for a channel by its name. Names are compared exactly: <c>ct</c> is not <c>CT</c>.</summary>
internal static class ChannelScheme
{
    /// <summary>The normalisation of every name that has none of its own.</summary>
    public const string ZScore = "ZScoreNormalization";

    private const double MaskedBelow = 3 / 4.0;

    /// <summary>nnU-Net's name of the normalisation.</summary>
    public static string Of(string channelName) => channelName switch
    {
        "CT" => "CTNormalization",
        "noNorm" => "NoNormalization",
        "rescale_to_0_1" => "RescaleTo01Normalization",
        "rgb_to_0_1" => "RGBTo01Normalization",
        _ => ZScore,
    };

    /// <summary>nnU-Net v1's name of a normalisation of v2.</summary>
    /// <exception cref="InvalidRequestException">v1 does not have it.</exception>
    public static string OfVersion1(string scheme) => NormalizationName.Of(scheme, NnunetVersion.V1)
        ?? throw new InvalidRequestException($"nnU-Net v1 has no {scheme}; preprocess by v2's rules, or plan with other channel names.");

    /// <summary>Whether only the nonzero region counts: z-scores, where cropping takes off more than a quarter.</summary>
    public static bool UsesMask(string scheme, double medianRelativeSize) => CanMask(scheme) && medianRelativeSize < MaskedBelow;

    /// <summary>Whether a normalisation can be confined to the nonzero region.</summary>
    public static bool CanMask(string scheme) => scheme == ZScore;
}
