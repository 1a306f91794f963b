namespace STUNet.Imaging.Nifti;

/// <summary>What the name of a file says: single files .nii, pairs .hdr and .img, each also with .gz.</summary>
internal static class NiftiPaths
{
    private const StringComparison Ignore = StringComparison.OrdinalIgnoreCase;

    public static bool IsGzip(string path) => path.EndsWith(".gz", Ignore);

    public static bool IsSingle(string path) => Bare(path).EndsWith(".nii", Ignore);

    public static bool IsPair(string path) => Bare(path).EndsWith(".hdr", Ignore) || Bare(path).EndsWith(".img", Ignore);

    /// <summary>Header and image of the pair that a path belongs to. The partner may be compressed or not, whatever the given one is.</summary>
    public static (string Header, string Image) Pair(string path)
    {
        string bare = Bare(path);
        bool upper = char.IsUpper(bare[^1]);
        bool isHeader = bare.EndsWith(".hdr", Ignore);
        string extension = isHeader ? ".img" : ".hdr";
        string plain = bare[..^4] + (upper ? extension.ToUpperInvariant() : extension);
        string compressed = plain + ".gz";
        (string first, string second) = IsGzip(path) ? (compressed, plain) : (plain, compressed);
        string partner = File.Exists(first) || !File.Exists(second) ? first : second;
        return isHeader ? (path, partner) : (partner, path);
    }

    /// <summary>The path without the .gz of a compressed file.</summary>
    public static string Bare(string path) => IsGzip(path) ? path[..^3] : path;
}
