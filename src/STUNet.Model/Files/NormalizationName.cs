namespace STUNet.Model;

/// <summary>The two names of each normalisation that nnU-Net v1 and v2 share.</summary>
public static class NormalizationName
{
    private static readonly (string V1, string V2)[] Pairs = [("CT", "CTNormalization"), ("nonCT", "ZScoreNormalization"), ("noNorm", "NoNormalization")];

    /// <summary>The name that a version has for a scheme of either; null where it has no such scheme.</summary>
    /// <param name="scheme">The name in either version.</param>
    /// <param name="version">Whose name is wanted.</param>
    public static string? Of(string scheme, NnunetVersion version)
    {
        foreach ((string v1, string v2) in Pairs)
        {
            if (scheme == v1 || scheme == v2)
                return version == NnunetVersion.V1 ? v1 : v2;
        }

        bool isOfVersion2 = scheme.EndsWith("Normalization", StringComparison.Ordinal);
        return isOfVersion2 == (version == NnunetVersion.V2) ? scheme : null;
    }
}
