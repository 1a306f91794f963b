namespace STUNet.TestKit;

/// <summary>Finds the repository and what may lie beside it.</summary>
public static class RepositoryRoot
{
    private static readonly string? Found = Find();

    /// <summary>The folder that holds STUNet.Native.sln.</summary>
    public static string Path => Found ?? throw new DirectoryNotFoundException($"No STUNet.Native.sln above {AppContext.BaseDirectory}.");

    /// <summary>The folder shared/ beside the repository, or null where it is absent (it is on developers' machines and in CI) or where there is no repository.</summary>
    public static string? Shared { get; } = Found is not null
        && System.IO.Path.GetFullPath(System.IO.Path.Combine(Found, "..", "shared")) is { } folder && Directory.Exists(folder) ? folder : null;

    /// <summary>A folder of the repository, or null where there is no repository.</summary>
    /// <param name="parts">Its path below the root.</param>
    public static string? Below(params ReadOnlySpan<string> parts) => Found is null ? null : System.IO.Path.Combine([Found, .. parts]);

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "STUNet.Native.sln")))
                return folder.FullName;
        }

        return null;
    }
}
