using System.Text.Json;

namespace STUNet.TestKit.Golden;

/// <summary>
/// A folder of reference outputs described by its manifest.json. Everything a test reads is entered in <see cref="Ledger"/>, so that an entry
/// nobody reads can be found.
/// </summary>
public sealed class GoldenSet
{
    private readonly Dictionary<string, GoldenFile> _files = [];

    private GoldenSet(string folder)
    {
        Folder = folder;
        using JsonDocument manifest = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
        foreach (JsonElement file in manifest.RootElement.GetProperty("files").EnumerateArray())
        {
            GoldenFile entry = new(this, file.Clone());
            _files.Add(entry.Name, entry);
        }
    }

    /// <summary>The main set: the folder in STUNET_GOLDEN, else shared/reference/golden/data; null where absent.</summary>
    public static GoldenSet? Main { get; } = Open("STUNET_GOLDEN", "reference/golden/data");

    /// <summary>The set of what surrounds the network: STUNET_GOLDEN_NNUNET, else shared/reference/golden-nnunet/data; null where absent.</summary>
    public static GoldenSet? Nnunet { get; } = Open("STUNET_GOLDEN_NNUNET", "reference/golden-nnunet/data");

    /// <summary>Why a test that needs <see cref="Main"/> or <see cref="Nnunet"/> cannot run here.</summary>
    public static string AbsentReason => "golden data absent: set STUNET_GOLDEN (or STUNET_GOLDEN_NNUNET) or put shared/ beside the repository";

    /// <summary>The folder of the set.</summary>
    public string Folder { get; }

    /// <summary>All files of the manifest.</summary>
    public IReadOnlyCollection<GoldenFile> Files => _files.Values;

    /// <summary>What has been read so far.</summary>
    public GoldenLedger Ledger { get; } = new();

    /// <summary>A file by its name in the manifest, such as <c>ops/conv3d.safetensors</c>.</summary>
    /// <param name="name">The name.</param>
    public GoldenFile File(string name) =>
        _files.TryGetValue(name, out GoldenFile? file) ? file : throw new KeyNotFoundException($"{Folder}/manifest.json has no file {name}");

    /// <summary>The files below a folder, such as <c>net/</c>, in the manifest's order.</summary>
    /// <param name="prefix">Start of the name.</param>
    /// <param name="suffix">End of the name.</param>
    public IEnumerable<GoldenFile> FilesBelow(string prefix, string suffix = "") =>
        _files.Values.Where(file => file.Name.StartsWith(prefix, StringComparison.Ordinal) && file.Name.EndsWith(suffix, StringComparison.Ordinal));

    private static GoldenSet? Open(string variable, string belowShared)
    {
        string? folder = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrEmpty(folder))
            folder = RepositoryRoot.Shared is { } shared ? Path.Combine(shared, belowShared) : null;
        return folder is not null && System.IO.File.Exists(Path.Combine(folder, "manifest.json")) ? new GoldenSet(folder) : null;
    }
}
