using System.Collections.Immutable;
using System.Text.Json;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// A preprocessed case in its file, mapped into memory: the system reads the pages that are touched. Header, sizes and locations are verified when it is
/// opened, every byte before the first voxel is given out. Spans and locations are valid until it is disposed of, which must wait until nobody reads any more.
/// </summary>
public sealed class StoredCase : ITrainingCase, IDisposable
{
    private const string Redo = "preprocess the case again";
    private const int MaxClasses = 1 << 16;
    private const int PieceBytes = 1 << 24;
    private readonly MappedFile _file;
    private readonly long _image;
    private readonly long _labels;
    private readonly int _voxels;
    private readonly IReadOnlyDictionary<string, string> _texts;
    private readonly (TensorInfo Info, long Offset)[] _tensors;
    private readonly Lock _verifying = new();
    private volatile bool _isVerified;

    private StoredCase(SafetensorsReader header)
    {
        Path = header.Path;
        Identifier = System.IO.Path.GetFileName(Path)[..^CaseFile.Ending.Length];
        if (header.Metadata.GetValueOrDefault(CaseFile.FormatField) != CaseFile.Format)
            throw Wrong(CaseFile.FormatField, "not a preprocessed case", "give a file that stunet preprocess wrote");
        if (header.Metadata.GetValueOrDefault(CaseFile.VersionField) is var version && version != CaseFile.Version)
            throw Wrong(CaseFile.VersionField, $"version {version} of the format, but version {CaseFile.Version} is needed");
        (TensorInfo image, _image) = Locate(header, CaseFile.Image, ElementType.F32, 4);
        (TensorInfo labels, _labels) = Locate(header, CaseFile.Labels, ElementType.I16, 3);
        (TensorInfo locations, long locationsStart) = Locate(header, CaseFile.Locations, ElementType.I32, 1);
        (Channels, Size) = (image.Shape[0], new Int3(image.Shape[1], image.Shape[2], image.Shape[3]));
        if (Channels == 0 || labels.Count is 0 or > int.MaxValue || !labels.Shape.AsSpan().SequenceEqual(image.Shape.AsSpan()[1..]))
            throw Wrong(CaseFile.Labels, $"the label map has shape [{string.Join(", ", labels.Shape)}], the image [{string.Join(", ", image.Shape)}]");
        _voxels = (int)labels.Count;
        _texts = header.Metadata;
        _tensors = [.. header.Tensors.Select(tensor => header.Locate(tensor.Name))];
        HasHash = _texts.ContainsKey(CaseFile.HashField);
        Source = Text(header, CaseFile.SourceField);
        Rules = ReadRules(header);
        Properties = Json(header, CaseFile.PropertiesField, CaseProperties.Read);
        ImmutableArray<(ImmutableArray<int> Labels, int Count)> classes = Json(header, CaseFile.ClassesField, ReadClasses);
        if (classes.Sum(entry => (long)entry.Count) != locations.Count)
            throw Wrong(CaseFile.ClassesField, $"{classes.Sum(entry => (long)entry.Count)} locations are described, {locations.Count} are there");
        _file = new MappedFile(Path, header.Length);
        try
        {
            Locations = Locate(classes, locationsStart);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The case's name.</summary>
    public string Identifier { get; }

    /// <summary>What the case was made of: changes with its raw files, the plan and the version of the format.</summary>
    public string Source { get; }

    /// <summary>Whether the file has a hash to be verified by; those of earlier programs have none.</summary>
    public bool HasHash { get; }

    /// <summary>By whose rules it was preprocessed.</summary>
    public NnunetVersion Rules { get; }

    /// <summary>Where the case comes from.</summary>
    public CaseProperties Properties { get; }

    /// <inheritdoc/>
    public Int3 Size { get; }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <inheritdoc/>
    public ClassLocations Locations { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<short> Labels
    {
        get
        {
            Verify();
            return _file.Span<short>(_labels, _voxels);
        }
    }

    /// <summary>Opens a case.</summary>
    /// <param name="path">The file <c>CASE.safetensors</c>.</param>
    /// <exception cref="InvalidFileException">Missing, truncated, of another version or format, or not consistent.</exception>
    public static StoredCase Open(string path)
    {
        using SafetensorsReader header = new(path);
        return new StoredCase(header);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Channel(int channel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, Channels);
        Verify();
        return _file.Span<float>(_image + ((long)channel * _voxels * sizeof(float)), _voxels);
    }

    /// <summary>Reads the whole file and compares it with its hash: the first time it is called, from any thread, and where there is a hash.</summary>
    /// <param name="cancellation">Stops between two pieces.</param>
    /// <exception cref="InvalidFileException">The file is damaged.</exception>
    public void Verify(CancellationToken cancellation = default)
    {
        if (_isVerified)
            return;
        lock (_verifying)
        {
            if (!_isVerified && HasHash && CaseHash.Of(_texts, _tensors.Select(tensor => tensor.Info), Content) != _texts[CaseFile.HashField])
                throw Wrong(CaseFile.HashField, "the content does not have this SHA-256: the file is damaged");
            _isVerified = true;
        }

        void Content(TensorInfo tensor, Action<ReadOnlySpan<byte>> add)
        {
            (_, long start) = Array.Find(_tensors, entry => entry.Info.Name == tensor.Name);
            for (long end = start + (tensor.Count * tensor.ElementType.Size()); start < end; start += PieceBytes)
            {
                cancellation.ThrowIfCancellationRequested();
                add(_file.Span<byte>(start, (int)Math.Min(PieceBytes, end - start)));
            }
        }
    }

    /// <summary>Unmaps the file.</summary>
    public void Dispose() => _file.Dispose();

    private ClassLocations Locate(ImmutableArray<(ImmutableArray<int> Labels, int Count)> classes, long start)
    {
        ClassLocationEntry[] entries = new ClassLocationEntry[classes.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            // Patches are centred on these without another look, so a damaged one must be found here.
            if (_file.Span<int>(start, classes[i].Count).ContainsAnyExceptInRange(0, _voxels - 1))
                throw Wrong(CaseFile.Locations, $"a voxel of class {i} lies outside of the {Size} voxels");
            entries[i] = new ClassLocationEntry(classes[i].Labels, _file.Memory<int>(start, classes[i].Count));
            start += (long)classes[i].Count * sizeof(int);
        }

        return new ClassLocations(entries);
    }

    private (TensorInfo Info, long Offset) Locate(SafetensorsReader header, string name, ElementType type, int dimensions)
    {
        (TensorInfo info, long offset) = header.Locate(name);
        if (info.ElementType != type || info.Shape.Length != dimensions || offset % type.Size() != 0)
            throw Wrong(name, $"{info.ElementType} of {info.Shape.Length} dimensions at byte {offset}, expected {type} of {dimensions}, aligned");
        return (info, offset);
    }

    private string Text(SafetensorsReader header, string field) => header.Metadata.GetValueOrDefault(field) ?? throw Wrong(field, "missing");

    private NnunetVersion ReadRules(SafetensorsReader header)
    {
        string name = Text(header, CaseFile.RulesField);
        foreach (NnunetVersion version in Enum.GetValues<NnunetVersion>())
        {
            if (name == NnunetVersionName.Of(version))
                return version;
        }

        throw Wrong(CaseFile.RulesField, $"there are no rules \"{name}\"");
    }

    private T Json<T>(SafetensorsReader header, string field, Func<JsonField, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Text(header, field), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            return read(new JsonField(Path, field, document.RootElement));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidFileException(Path, field, "not JSON", Redo, failure);
        }
    }

    private static ImmutableArray<(ImmutableArray<int> Labels, int Count)> ReadClasses(JsonField root) => root.List(
        item => (item[CaseFile.ClassLabels].List(label => label.Int(0, ushort.MaxValue), 1, MaxClasses), item[CaseFile.ClassLocations].Int(0, int.MaxValue)),
        0, MaxClasses);

    private InvalidFileException Wrong(string field, string problem, string hint = Redo) => new(Path, field, problem, hint);
}
