using System.Text.Json;

namespace STUNet.TestKit.Golden;

/// <summary>One file of a golden set. Its tensors are read by code of the tests' own, not by the product's safetensors reader.</summary>
public sealed class GoldenFile
{
    private readonly GoldenSet _set;
    private readonly JsonElement _manifest;
    private readonly Lazy<(JsonDocument Header, long DataStart)> _header;

    internal GoldenFile(GoldenSet set, JsonElement manifest)
    {
        _set = set;
        _manifest = manifest;
        Name = manifest.GetProperty("file").GetString()!;
        _header = new(ReadHeader);
    }

    /// <summary>Name in the manifest, with forward slashes.</summary>
    public string Name { get; }

    /// <summary>Path on disk; entering it in the ledger is the caller's duty (<see cref="OpenPath"/> does both).</summary>
    public string FullPath => Path.Combine(_set.Folder, Name);

    /// <summary>The manifest entry of the file.</summary>
    public JsonElement Manifest => _manifest;

    /// <summary>Names of the cases.</summary>
    public IEnumerable<string> CaseNames =>
        _manifest.TryGetProperty("cases", out JsonElement cases) ? Members(cases).Select(member => member.Name) : [];

    /// <summary>Names of the tensors.</summary>
    public IEnumerable<string> TensorNames =>
        _manifest.TryGetProperty("tensors", out JsonElement tensors) ? Members(tensors).Select(member => member.Name) : [];

    /// <summary>The path on disk, entered in the ledger as read.</summary>
    public string OpenPath()
    {
        _set.Ledger.Enter(Name);
        return FullPath;
    }

    /// <summary>The parameters of a case, entered in the ledger as read.</summary>
    /// <param name="name">Name of the case.</param>
    public JsonElement Case(string name)
    {
        _set.Ledger.Enter(Name);
        _set.Ledger.Enter($"{Name}#{name}");
        return Members(_manifest.GetProperty("cases")).Single(member => member.Name == name).Value;
    }

    /// <summary>Whether the file has a tensor.</summary>
    /// <param name="name">Name of the tensor.</param>
    public bool Has(string name) => Members(_manifest.GetProperty("tensors")).Any(member => member.Name == name);

    /// <summary>Enters a tensor as accounted for without reading it, for a test that is switched off and says so.</summary>
    /// <param name="name">Name of the tensor.</param>
    public void Account(string name) => _set.Ledger.Enter($"{Name}:{name}");

    /// <summary>Reads a tensor and enters it in the ledger.</summary>
    /// <param name="name">Name of the tensor.</param>
    public GoldenTensor Tensor(string name)
    {
        _set.Ledger.Enter(Name);
        Account(name);
        (JsonDocument header, long dataStart) = _header.Value;
        if (!header.RootElement.TryGetProperty(name, out JsonElement entry))
            throw new KeyNotFoundException($"{Name} has no tensor {name}");
        long begin = entry.GetProperty("data_offsets")[0].GetInt64();
        long end = entry.GetProperty("data_offsets")[1].GetInt64();
        byte[] bytes = new byte[end - begin];
        using (FileStream stream = System.IO.File.OpenRead(FullPath))
        {
            stream.Position = dataStart + begin;
            stream.ReadExactly(bytes);
        }

        int[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        JsonElement notes = Members(_manifest.GetProperty("tensors")).Single(member => member.Name == name).Value;
        return new GoldenTensor(name, entry.GetProperty("dtype").GetString()!, shape, bytes, notes);
    }

    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement list) =>
        list.ValueKind == JsonValueKind.Object
            ? list.EnumerateObject().Select(member => (member.Name, member.Value))
            : list.EnumerateArray().Select(member => (member.GetProperty("name").GetString()!, member));

    private (JsonDocument Header, long DataStart) ReadHeader()
    {
        using FileStream stream = System.IO.File.OpenRead(FullPath);
        using BinaryReader reader = new(stream);
        long length = reader.ReadInt64();
        return (JsonDocument.Parse(reader.ReadBytes((int)length)), 8 + length);
    }
}
