using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// The file of a preprocessed case: a safetensors file with <c>image</c> F32 [C, z, y, x], <c>locations</c> I32 [n] (voxel indices of all classes, one class
/// after the other) and <c>labels</c> I16 [z, y, x]. The texts of its header are <c>format</c>, <c>version</c>, <c>source</c> (what the case was made of,
/// <see cref="CaseSource"/>), <c>rules</c> (<c>v1</c> or <c>v2</c>), <c>properties</c> (<see cref="CaseProperties"/>), <c>classes</c> (labels and number of
/// locations of every class) and <c>sha256</c> (<see cref="CaseHash"/>; files of earlier programs lack it).
/// </summary>
internal static class CaseFile
{
    public const string Ending = ".safetensors";
    public const string Format = "stunet-case";

    /// <summary>Changes with the layout and with anything that changes the numbers: older files are then made anew.</summary>
    public const string Version = "2";

    public const string Image = "image";
    public const string Locations = "locations";
    public const string Labels = "labels";
    public const string FormatField = "format";
    public const string VersionField = "version";
    public const string SourceField = "source";
    public const string RulesField = "rules";
    public const string PropertiesField = "properties";
    public const string ClassesField = "classes";
    public const string HashField = "sha256";
    public const string ClassLabels = "labels";
    public const string ClassLocations = "locations";

    private const int PieceBytes = 1 << 24;

    /// <summary>Writes a case; nothing is left behind when it fails or is cancelled.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="case">The case.</param>
    /// <param name="locations">Its locations.</param>
    /// <param name="source">What it was made of.</param>
    /// <param name="rules">Whose order of steps it went through.</param>
    /// <param name="cancellation">Stops between two pieces.</param>
    public static void Write(string path, PreprocessedVolumes @case, ClassLocations locations, string source, NnunetVersion rules, CancellationToken cancellation)
    {
        (int depth, int height, int width) = @case.Size;
        // Elements of four bytes first, so that everything is aligned.
        TensorInfo[] tensors =
        [
            new(Image, [@case.Channels.Length, depth, height, width], ElementType.F32),
            new(Locations, [locations.Entries.Sum(entry => entry.Voxels.Length)], ElementType.I32),
            new(Labels, [depth, height, width], ElementType.I16),
        ];
        Dictionary<string, string> texts = new()
        {
            [FormatField] = Format,
            [VersionField] = Version,
            [SourceField] = source,
            [RulesField] = NnunetVersionName.Of(rules),
            [PropertiesField] = @case.Properties.ToJson(),
            [ClassesField] = Classes(locations).ToJsonString(),
        };
        // The header stands first and holds the hash, so memory is read twice: cheaper than reading the file back.
        texts.Add(HashField, CaseHash.Of(texts, tensors, Content));
        SafetensorsWriter.WriteBytes(path, tensors, (tensor, stream) => Content(tensor, stream.Write), texts);

        void Content(TensorInfo tensor, Action<ReadOnlySpan<byte>> write)
        {
            switch (tensor.Name)
            {
                case Image:
                    foreach (Imaging.Preprocessing.NativeFloats channel in @case.Channels)
                        WritePieces<float>(write, channel.GetSpan(), cancellation);
                    break;
                case Locations:
                    foreach (ClassLocationEntry entry in locations.Entries)
                        WritePieces(write, entry.Voxels.Span, cancellation);
                    break;
                default:
                    WritePieces<short>(write, @case.Labels, cancellation);
                    break;
            }
        }
    }

    private static JsonArray Classes(ClassLocations locations) =>
    [
        .. locations.Entries.Select(entry => (JsonNode)new JsonObject
        {
            [ClassLabels] = NnunetJson.Integers(entry.Labels),
            [ClassLocations] = JsonValue.Create(entry.Voxels.Length),
        }),
    ];

    private static void WritePieces<T>(Action<ReadOnlySpan<byte>> write, ReadOnlySpan<T> values, CancellationToken cancellation)
        where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Preprocessed cases are mapped as they are, which needs a little-endian machine.");
        int piece = PieceBytes / Marshal.SizeOf<T>();
        for (int start = 0; start < values.Length; start += piece)
        {
            cancellation.ThrowIfCancellationRequested();
            write(MemoryMarshal.AsBytes(values.Slice(start, Math.Min(piece, values.Length - start))));
        }
    }
}
