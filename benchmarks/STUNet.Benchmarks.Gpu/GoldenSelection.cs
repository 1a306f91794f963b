using System.Text.Json.Nodes;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Copies some files of a golden set, with a manifest of just those.</summary>
internal static class GoldenSelection
{
    private const string Manifest = "manifest.json";

    /// <summary>Copies.</summary>
    /// <param name="source">Folder with a manifest.json.</param>
    /// <param name="target">Folder to fill.</param>
    /// <param name="prefixes">A file goes along if its name begins with one of these.</param>
    /// <returns>0, or 1 where a prefix matches nothing: the selection is not what it says.</returns>
    public static int Copy(string source, string target, IReadOnlyList<string> prefixes)
    {
        JsonObject manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(source, Manifest)))!.AsObject();
        JsonObject[] files = [.. manifest["files"]!.AsArray().Select(file => file!.AsObject())];
        string[] unmatched = [.. prefixes.Where(prefix => !files.Any(file => NameOf(file).StartsWith(prefix, StringComparison.Ordinal)))];
        if (unmatched.Length > 0)
        {
            Console.Error.WriteLine($"{source} has no file that begins with {string.Join(", ", unmatched)}");
            return 1;
        }

        JsonObject[] chosen = [.. files.Where(file => prefixes.Any(prefix => NameOf(file).StartsWith(prefix, StringComparison.Ordinal)))];
        foreach (string name in chosen.Select(NameOf))
        {
            string path = Path.Combine(target, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            // The copy is written anew: the source may be read-only.
            File.WriteAllBytes(path, File.ReadAllBytes(Path.Combine(source, name)));
        }

        manifest["files"] = new JsonArray([.. chosen.Select(file => file.DeepClone())]);
        File.WriteAllText(Path.Combine(target, Manifest), manifest.ToJsonString());
        return 0;
    }

    private static string NameOf(JsonObject file) => file["file"]!.ToString();
}
