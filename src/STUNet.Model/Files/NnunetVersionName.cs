namespace STUNet.Model;

/// <summary>How files and messages name the versions.</summary>
public static class NnunetVersionName
{
    /// <summary>The name.</summary>
    /// <param name="version">The version.</param>
    /// <returns><c>v1</c> or <c>v2</c>.</returns>
    public static string Of(NnunetVersion version) => version == NnunetVersion.V1 ? "v1" : "v2";
}
