namespace STUNet.Kernels;

/// <summary>Where what can be found out again is kept for later runs.</summary>
internal static class GpuCacheFolder
{
    /// <summary>A file or folder: what an environment variable names, else one in <c>stunet</c> among the user's caches.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="name">Name of the file or folder.</param>
    public static string PathOf(string variable, string name)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named)
            return named;
        string caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } chosen ? chosen
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(caches, "stunet", name);
    }
}
