using STUNet.Core;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>The two names of each normalisation.</summary>
internal static class NormalizationNames
{
    private static readonly (string V1, string V2)[] Pairs = [("CT", "CTNormalization"), ("nonCT", "ZScoreNormalization"), ("noNorm", "NoNormalization")];

    /// <summary>The name that a version has for a scheme of either.</summary>
    /// <exception cref="InvalidRequestException">It has none.</exception>
    public static string Of(string scheme, NnunetVersion version)
    {
        foreach ((string v1, string v2) in Pairs)
        {
            if (scheme == v1 || scheme == v2)
                return version == NnunetVersion.V1 ? v1 : v2;
        }

        bool isOfVersion2 = scheme.EndsWith("Normalization", StringComparison.Ordinal);
        return isOfVersion2 == (version == NnunetVersion.V2)
            ? scheme
            : throw new InvalidRequestException($"nnU-Net {version} has no normalisation {scheme}; choose the other form with --form {(isOfVersion2 ? "v2" : "v1")}.");
    }
}
