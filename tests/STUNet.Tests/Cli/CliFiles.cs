using STUNet.Core;
using STUNet.Imaging;
using STUNet.TestKit;

namespace STUNet.Tests.Cli;

/// <summary>Small models and images in a folder of their own.</summary>
internal sealed class CliFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string this[string name] => _folder[name];

    /// <summary>A tiny untrained model; gives its folder.</summary>
    public string Model(int channels = 1, int seed = 1, string name = "model")
    {
        string path = _folder[name];
        CliRun.Of(
            "init", "-o", path, "--size", "custom", "--dims", "4,8,8", "--strides", "2x2x2/1x2x2", "--classes", "3", "--channels", $"{channels}", "--patch", "16x16x24",
            "--spacing", "2", "--seed", $"{seed}").Succeeded();
        return path;
    }

    /// <summary>A seeded image of 2x1.5x1.5 mm; gives its path.</summary>
    public string Image(string name, string salt = "image", Int3? size = null)
    {
        Int3 voxels = size ?? new Int3(18, 20, 30);
        string path = _folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        VolumeFile.Write(path, new Volume(new VolumeGeometry(voxels, new Spacing(2, 1.5, 1.5)), SeededInput.Create(salt, 1, voxels)));
        return path;
    }

    /// <summary>All files below a folder, relative and sorted; none where it does not exist.</summary>
    public string[] FilesIn(string name) => Directory.Exists(_folder[name])
        ? [.. Directory.GetFiles(_folder[name], "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder[name], path)).Order(StringComparer.Ordinal)]
        : [];

    public void Dispose() => _folder.Dispose();
}
