using System.Collections.Immutable;
using System.Text.Json;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>
/// The file <c>model.json</c> of a model folder: what the weights alone do not say. Axis triples are (z, y, x) of the image after
/// <see cref="TransposeForward"/>.
/// </summary>
public sealed record ModelManifest
{
    /// <summary>Name of the file in a model folder.</summary>
    public const string FileName = "model.json";

    /// <summary>Version of the schema that this library writes; it reads no other.</summary>
    public const int SchemaVersion = 1;

    private const long MaxFileBytes = 16 << 20;

    /// <summary>The network.</summary>
    public required StuNetConfig Architecture { get; init; }

    /// <summary>Window of the network in voxels; a multiple of <see cref="StuNetConfig.TotalStride"/>.</summary>
    public required Int3 PatchSize { get; init; }

    /// <summary>Voxel spacing the network works at, three values in mm.</summary>
    public required ImmutableArray<double> SpacingMm { get; init; }

    /// <summary>Axis i of the network's volume is axis <c>TransposeForward[i]</c> of the image (z, y, x).</summary>
    public required ImmutableArray<int> TransposeForward { get; init; }

    /// <summary>The inverse of <see cref="TransposeForward"/>.</summary>
    public required ImmutableArray<int> TransposeBackward { get; init; }

    /// <summary>One entry per input channel.</summary>
    public required ImmutableArray<ChannelNormalization> Channels { get; init; }

    /// <summary>Name of each label value; may be empty.</summary>
    public ImmutableSortedDictionary<int, string> Labels { get; init; } = ImmutableSortedDictionary<int, string>.Empty;

    /// <summary>What every output of the network stands for, where it stands for regions (nnU-Net v2); empty where outputs are classes.</summary>
    public ImmutableArray<OutputRegion> Regions { get; init; } = [];

    /// <summary>The largest label value of the model's label maps.</summary>
    public int LargestLabel => Regions.IsEmpty ? Architecture.Classes - 1 : Regions.Max(region => region.Label);

    /// <summary>Class name of the trainer; may be empty.</summary>
    public string Trainer { get; init; } = "";

    /// <summary>By whose rules of batches, loss and epochs it was trained; null where that is not known. Prediction does not depend on them.</summary>
    public NnunetVersion? TrainingRules { get; init; }

    /// <summary>Whose semantics apply.</summary>
    public required NnunetVersion Nnunet { get; init; }

    /// <summary>How results are resampled to the image's grid.</summary>
    public ExportParameters Export { get; init; } = ExportParameters.Default;

    /// <summary>Axes that may be mirrored at test time, of 0 (z), 1 (y), 2 (x).</summary>
    public ImmutableArray<int> MirrorAxes { get; init; } = [];

    /// <summary>Licence of the weights; empty when not known.</summary>
    public string Licence { get; init; } = "";

    /// <summary>Element type of the weights: F32, F16 or BF16.</summary>
    public required ElementType ElementType { get; init; }

    /// <summary>Version of the program that wrote the folder.</summary>
    public string Converter { get; init; } = "";

    /// <summary>The weights, one file per fold; at least one.</summary>
    public required ImmutableArray<FoldFile> Folds { get; init; }

    /// <summary>The files the model was made from; may be empty.</summary>
    public ImmutableArray<SourceFile> Sources { get; init; } = [];

    /// <summary>Reads and checks a manifest.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing or wrong; the message names the field.</exception>
    public static ModelManifest Read(string path)
    {
        byte[] bytes = RandomAccessFile.ReadAll(path, MaxFileBytes, "a manifest");
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            ModelManifest manifest = ManifestJson.Read(new JsonField(path, "", document.RootElement));
            manifest.Check(path);
            return manifest;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidFileException(path, "", $"not JSON ({failure.Message.Split('\n')[0].TrimEnd('.', '\r')})", "convert the model again", failure);
        }
    }

    /// <summary>Checks the manifest and writes it under a temporary name, renamed when complete.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <exception cref="InvalidFileException">A value is out of range; the message names the field.</exception>
    public void Write(string path)
    {
        Check(path);
        AtomicFile.WriteText(path, ManifestJson.Write(this));
    }

    /// <summary>Checks every value's range and that the parts fit together.</summary>
    /// <param name="path">The file to name in the message.</param>
    /// <exception cref="InvalidFileException">A value is wrong; the message names the field.</exception>
    public void Check(string path) => ManifestRules.Check(this, path);
}
