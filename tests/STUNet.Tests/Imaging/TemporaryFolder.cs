namespace STUNet.Tests.Imaging;

/// <summary>A folder that is removed with its content.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("stunet-imaging-").FullName;

    public string File(string name) => Path.Combine(_path, name);

    public string[] Files() => Directory.GetFiles(_path);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
