using System.Text.Json;
using System.Text.Json.Nodes;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The fastest tile of every layer that was measured, by device, driver and problem, in a JSON file: <c>{"version": 2, "tiles": {"DEVICE": {"PROBLEM": "KERNEL"}}}</c>. A file that is
/// damaged or of another version is told once, ignored, and replaced when something is learnt.
/// </summary>
public sealed class GpuTileCache
{
    /// <summary>The environment variable that names another file.</summary>
    public const string Variable = "STUNET_TILE_CACHE";

    private const int Version = 2;

    private readonly string _path;
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _tiles = new(StringComparer.Ordinal);

    /// <summary>Reads the file, if there is one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="warn">Told in one sentence why it is not used.</param>
    public GpuTileCache(string path, Action<string> warn)
    {
        _path = path;
        try
        {
            if (File.Exists(path))
                Read(JsonNode.Parse(File.ReadAllText(path)));
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            _tiles.Clear();
            warn($"{path}: not a cache of tiles ({damage.Message.Split('\n')[0].Trim()}); it is ignored, and replaced when tiles are measured.");
        }
    }

    /// <summary>The file of this user: what <see cref="Variable"/> names, else <c>stunet/tiles.json</c> in the folder for caches.</summary>
    public static string DefaultPath => GpuCacheFolder.PathOf(Variable, "tiles.json");

    /// <summary>The kernel that was the fastest; null where nothing is known.</summary>
    /// <param name="device">Name and driver of the device.</param>
    /// <param name="problem">Family of tiles, and sizes.</param>
    public string? Find(string device, string problem) => _tiles.GetValueOrDefault(device)?.GetValueOrDefault(problem);

    /// <summary>Keeps a kernel, and writes the file.</summary>
    /// <param name="device">Name and driver of the device.</param>
    /// <param name="problem">Family of tiles, and sizes.</param>
    /// <param name="kernel">The fastest kernel's name.</param>
    public void Keep(string device, string problem, string kernel)
    {
        if (!_tiles.TryGetValue(device, out SortedDictionary<string, string>? problems))
            _tiles.Add(device, problems = new SortedDictionary<string, string>(StringComparer.Ordinal));
        problems[problem] = kernel;
        JsonObject tiles = [];
        foreach ((string name, SortedDictionary<string, string> known) in _tiles)
            tiles[name] = new JsonObject(known.Select(tile => KeyValuePair.Create(tile.Key, (JsonNode?)tile.Value)));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        AtomicFile.WriteText(_path, new JsonObject { ["version"] = Version, ["tiles"] = tiles }.ToString());
    }

    private void Read(JsonNode? root)
    {
        if (root is not JsonObject file || file["version"]?.GetValue<int>() != Version || file["tiles"] is not JsonObject tiles)
            throw new FormatException($"no version {Version}");
        foreach ((string device, JsonNode? problems) in tiles)
        {
            _tiles.Add(device, new SortedDictionary<string, string>(
                (problems ?? throw new FormatException($"nothing of {device}")).AsObject().ToDictionary(
                    tile => tile.Key, tile => (tile.Value ?? throw new FormatException($"no kernel of {tile.Key}")).GetValue<string>()),
                StringComparer.Ordinal));
        }
    }
}
