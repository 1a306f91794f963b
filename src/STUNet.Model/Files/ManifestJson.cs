using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>The JSON form of <see cref="ModelManifest"/>.</summary>
internal static class ManifestJson
{
    private const string Format = "stunet-model";
    private const int MaxList = 4096;

    public static ModelManifest Read(JsonField root)
    {
        root["format"].Choice((Format, true));
        root["version"].Int(ModelManifest.SchemaVersion, ModelManifest.SchemaVersion);
        return new ModelManifest
        {
            Architecture = ReadArchitecture(root["architecture"]),
            PatchSize = root["patchSize"].Triple(),
            SpacingMm = root["spacingMm"].List(item => item.Double(), 3, 3),
            TransposeForward = root["transposeForward"].List(item => item.Int(0, 2), 3, 3),
            TransposeBackward = root["transposeBackward"].List(item => item.Int(0, 2), 3, 3),
            Channels = root["channels"].List(ReadChannel, 1, MaxList),
            Labels = root.Optional("labels") is { } labels ? LabelNames.Read(labels) : ImmutableSortedDictionary<int, string>.Empty,
            Regions = root.Optional("regions")?.List(ReadRegion, 0, MaxList) ?? [],
            Trainer = root.Optional("trainer")?.Text() ?? "",
            TrainingRules = root.Optional("trainingRules") is { } rules ? ReadVersion(rules) : null,
            Nnunet = ReadVersion(root["nnunet"]),
            Export = root.Optional("export") is { } export ? ReadExport(export) : ExportParameters.Default,
            MirrorAxes = root.Optional("mirrorAxes")?.List(item => item.Int(0, 2), 0, 3) ?? [],
            Licence = root.Optional("licence")?.Text() ?? "",
            ElementType = root["dtype"].Choice(("F32", ElementType.F32), ("F16", ElementType.F16), ("BF16", ElementType.BF16)),
            Converter = root.Optional("converter")?.Text() ?? "",
            Folds = root["folds"].List(item => new FoldFile(item["name"].Text(), item["file"].Text(), item.Optional("sha256")?.Text()), 1, MaxList),
            Sources = root.Optional("sources")?.List(ReadSource, 0, MaxList) ?? [],
        };
    }

    public static string Write(ModelManifest manifest)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            WriteRoot(json, manifest);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }

    private static NnunetVersion ReadVersion(JsonField field) => field.Choice(("v1", NnunetVersion.V1), ("v2", NnunetVersion.V2));

    private static StuNetConfig ReadArchitecture(JsonField field)
    {
        ImmutableArray<int> Numbers(string name) => field[name].List(item => item.Int(1, int.MaxValue), 1, MaxList);
        ImmutableArray<Int3> Triples(string name) => field[name].List(item => item.Triple(), 1, MaxList);
        int inputChannels = field["inputChannels"].Int(1, int.MaxValue);
        int classes = field["classes"].Int(1, int.MaxValue);
        try
        {
            return new StuNetConfig(inputChannels, classes, Numbers("dims"), Numbers("depth"), Triples("strides"), Triples("kernels"));
        }
        catch (InvalidRequestException failure)
        {
            throw field.Wrong(failure.Message.TrimEnd('.'));
        }
    }

    private static ChannelNormalization ReadChannel(JsonField field) => new(
        field["name"].Text(),
        field["normalization"].Text(),
        field["useMask"].Bool(),
        field.Optional("intensity") is { } intensity
            ? new IntensityProperties(
                intensity["mean"].Double(),
                intensity["standardDeviation"].Double(),
                intensity["median"].Double(),
                intensity["min"].Double(),
                intensity["max"].Double(),
                intensity["percentile005"].Double(),
                intensity["percentile995"].Double())
            : null);

    private static OutputRegion ReadRegion(JsonField field) => new(
        field["name"].Text(), field["labels"].List(item => item.Int(1, ushort.MaxValue), 1, MaxList), field["label"].Int(1, ushort.MaxValue));

    private static ExportParameters ReadExport(JsonField field) => new(
        field.Optional("forceSeparateZ")?.Bool(),
        field["interpolationOrder"].Int(0, 5),
        field["interpolationOrderZ"].Int(0, 5));

    private static SourceFile ReadSource(JsonField field) =>
        new(field["file"].Text(), field["bytes"].Long(0, long.MaxValue), field["sha256"].Text());

    private static void WriteRoot(Utf8JsonWriter json, ModelManifest manifest)
    {
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteNumber("version", ModelManifest.SchemaVersion);
        json.WriteString("nnunet", NnunetVersionName.Of(manifest.Nnunet));
        json.WriteString("trainer", manifest.Trainer);
        if (manifest.TrainingRules is { } rules)
            json.WriteString("trainingRules", NnunetVersionName.Of(rules));
        json.WriteString("licence", manifest.Licence);
        json.WriteString("dtype", manifest.ElementType.ToString());
        json.WriteString("converter", manifest.Converter);
        WriteArchitecture(json, manifest.Architecture);
        Write(json, "patchSize", manifest.PatchSize);
        json.WriteStartArray("spacingMm");
        foreach (double spacing in manifest.SpacingMm)
            json.WriteNumberValue(spacing);
        json.WriteEndArray();
        Write(json, "transposeForward", manifest.TransposeForward);
        Write(json, "transposeBackward", manifest.TransposeBackward);
        Write(json, "mirrorAxes", manifest.MirrorAxes);
        WriteExport(json, manifest.Export);
        WriteChannels(json, manifest.Channels);
        json.WriteStartObject("labels");
        foreach ((int value, string name) in manifest.Labels)
            json.WriteString(value.ToString(CultureInfo.InvariantCulture), name);
        json.WriteEndObject();
        WriteRegions(json, manifest.Regions);
        WriteFiles(json, manifest);
        json.WriteEndObject();
    }

    private static void WriteArchitecture(Utf8JsonWriter json, StuNetConfig architecture)
    {
        json.WriteStartObject("architecture");
        json.WriteNumber("inputChannels", architecture.InputChannels);
        json.WriteNumber("classes", architecture.Classes);
        Write(json, "dims", architecture.Dims);
        Write(json, "depth", architecture.Depth);
        Write(json, "strides", architecture.Strides);
        Write(json, "kernels", architecture.Kernels);
        json.WriteEndObject();
    }

    private static void WriteExport(Utf8JsonWriter json, ExportParameters export)
    {
        json.WriteStartObject("export");
        if (export.ForceSeparateZ is { } force)
            json.WriteBoolean("forceSeparateZ", force);
        else
            json.WriteNull("forceSeparateZ");
        json.WriteNumber("interpolationOrder", export.InterpolationOrder);
        json.WriteNumber("interpolationOrderZ", export.InterpolationOrderZ);
        json.WriteEndObject();
    }

    private static void WriteChannels(Utf8JsonWriter json, ImmutableArray<ChannelNormalization> channels)
    {
        json.WriteStartArray("channels");
        foreach (ChannelNormalization channel in channels)
        {
            json.WriteStartObject();
            json.WriteString("name", channel.Name);
            json.WriteString("normalization", channel.Scheme);
            json.WriteBoolean("useMask", channel.UseMask);
            if (channel.Intensity is { } intensity)
            {
                json.WriteStartObject("intensity");
                json.WriteNumber("mean", intensity.Mean);
                json.WriteNumber("standardDeviation", intensity.StandardDeviation);
                json.WriteNumber("median", intensity.Median);
                json.WriteNumber("min", intensity.Min);
                json.WriteNumber("max", intensity.Max);
                json.WriteNumber("percentile005", intensity.Percentile005);
                json.WriteNumber("percentile995", intensity.Percentile995);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // Models of classes have no such field, so that their files stay what they were.
    private static void WriteRegions(Utf8JsonWriter json, ImmutableArray<OutputRegion> regions)
    {
        if (regions.IsEmpty)
            return;
        json.WriteStartArray("regions");
        foreach (OutputRegion region in regions)
        {
            json.WriteStartObject();
            json.WriteString("name", region.Name);
            Write(json, "labels", region.Labels);
            json.WriteNumber("label", region.Label);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFiles(Utf8JsonWriter json, ModelManifest manifest)
    {
        json.WriteStartArray("folds");
        foreach (FoldFile fold in manifest.Folds)
        {
            json.WriteStartObject();
            json.WriteString("name", fold.Name);
            json.WriteString("file", fold.File);
            if (fold.Sha256 is { } sha256)
                json.WriteString("sha256", sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("sources");
        foreach (SourceFile source in manifest.Sources)
        {
            json.WriteStartObject();
            json.WriteString("file", source.File);
            json.WriteNumber("bytes", source.Bytes);
            json.WriteString("sha256", source.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (int number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, Int3 triple) => Write(json, name, [triple.D, triple.H, triple.W]);

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<Int3> triples)
    {
        json.WriteStartArray(name);
        foreach (Int3 triple in triples)
        {
            json.WriteStartArray();
            json.WriteNumberValue(triple.D);
            json.WriteNumberValue(triple.H);
            json.WriteNumberValue(triple.W);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
