using System.Text.Json.Nodes;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The JSON lines of a part, each on disk as soon as it is known: a part that is stopped keeps what it has.</summary>
/// <param name="part">Name of the part, a field of every line.</param>
/// <param name="path">The file, written anew; null for none.</param>
internal sealed class ResultFile(string part, string? path) : IDisposable
{
    private readonly StreamWriter? _writer = path is null ? null : new StreamWriter(path) { AutoFlush = true };

    public void Add(JsonObject line)
    {
        line.Insert(0, "part", part);
        _writer?.WriteLine(line.ToJsonString());
    }

    public void Dispose() => _writer?.Dispose();
}
