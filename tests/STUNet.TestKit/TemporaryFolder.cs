namespace STUNet.TestKit;

/// <summary>A folder of a test's or benchmark's own, removed with it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>The folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("stunet-").FullName;

    /// <summary>A path in the folder.</summary>
    /// <param name="name">The rest of the path.</param>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
