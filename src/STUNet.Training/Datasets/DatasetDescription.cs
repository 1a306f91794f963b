using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>What <c>dataset.json</c> says of a data set, in nnU-Net's v1 or v2 form.</summary>
public sealed record DatasetDescription
{
    /// <summary>Name of the file in a data set's folder.</summary>
    public const string FileName = "dataset.json";

    internal const int MaxChannels = 4096;
    private const int MaxCases = 1 << 24;
    private const string Version1Ending = ".nii.gz";
    private const string DefaultReader = "SimpleITKIO";

    /// <summary>Which nnU-Net's form the file has.</summary>
    public required NnunetVersion Nnunet { get; init; }

    /// <summary>Names of the image channels, which choose their normalisation; at least one.</summary>
    public required ImmutableArray<string> ChannelNames { get; init; }

    /// <summary>The labels.</summary>
    public required DatasetLabels Labels { get; init; }

    /// <summary>Number of training cases as the file says; <see cref="DatasetVerification"/> compares it with the files.</summary>
    public required int NumTraining { get; init; }

    /// <summary>How the names of images and label maps end, such as <c>.nii.gz</c>.</summary>
    public required string FileEnding { get; init; }

    /// <summary>The reader that plans name; kept for nnU-Net, of no meaning here.</summary>
    public string ImageReaderWriter { get; init; } = DefaultReader;

    /// <summary>The cases the file lists with paths relative to its folder; empty where the folders decide.</summary>
    internal ImmutableArray<TrainingCase> ListedCases { get; init; } = [];

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing or wrong; the message names the field.</exception>
    public static DatasetDescription Read(string path) => JsonInput.Read(path, Read);

    private static DatasetDescription Read(JsonField root)
    {
        // v1 names the values, v2 numbers the names: the one difference that both forms must show.
        bool version1 = root["labels"].Members().ToArray() is { Length: > 0 } labels && labels.All(label => label.Field.Value.ValueKind == JsonValueKind.String);
        ImmutableArray<string> channels = ReadChannels(root.Optional("channel_names") ?? root.Optional("modality") ?? root["channel_names"]);
        return version1
            ? new DatasetDescription
            {
                Nnunet = NnunetVersion.V1,
                ChannelNames = channels,
                Labels = DatasetLabels.ReadVersion1(root),
                NumTraining = root["numTraining"].Int(1, MaxCases),
                FileEnding = Version1Ending,
                ListedCases = root["training"].List(item => ReadVersion1Case(item, channels.Length), 1, MaxCases),
            }
            : new DatasetDescription
            {
                Nnunet = NnunetVersion.V2,
                ChannelNames = channels,
                Labels = DatasetLabels.ReadVersion2(root),
                NumTraining = root["numTraining"].Int(1, MaxCases),
                FileEnding = ReadEnding(root["file_ending"]),
                ImageReaderWriter = root.Optional("overwrite_image_reader_writer")?.Text() is { } reader && reader != "None" ? reader : DefaultReader,
                ListedCases = root.Optional("dataset") is { } listed ? [.. listed.Members().Select(member => ReadVersion2Case(member.Key, member.Field, channels.Length))] : [],
            };
    }

    private static ImmutableArray<string> ReadChannels(JsonField field)
    {
        Dictionary<string, string> names = field.Members().ToDictionary(member => member.Key, member => member.Field.Text());
        if (names.Count is 0 or > MaxChannels)
            throw field.Wrong($"{names.Count} channels", "name at least one, such as {\"0\": \"CT\"}");
        JsonField self = field;
        return
        [
            .. Enumerable.Range(0, names.Count).Select(channel => names.TryGetValue(channel.ToString(CultureInfo.InvariantCulture), out string? name)
                ? name
                : throw self.Wrong($"no name for channel {channel}", $"number the channels from 0 to {names.Count - 1}")),
        ];
    }

    private static string ReadEnding(JsonField field)
    {
        string ending = field.Text();
        if (ending.Length == 0 || ending.AsSpan().ContainsAny('/', '\\'))
            throw field.Wrong($"\"{ending}\" is no file ending", "give for example \".nii.gz\"");
        return ending;
    }

    /// <summary>A v1 entry names the image without channel numbers; its file name is the case.</summary>
    private static TrainingCase ReadVersion1Case(JsonField field, int channels)
    {
        string image = RequirePath(field["image"]);
        if (!image.EndsWith(Version1Ending, StringComparison.Ordinal))
            throw field["image"].Wrong($"\"{image}\" does not end in {Version1Ending}");
        string stem = image[..^Version1Ending.Length];
        string identifier = RequireIdentifier(field["image"], Path.GetFileName(stem));
        return new TrainingCase(
            identifier, [.. Enumerable.Range(0, channels).Select(channel => TrainingCase.ChannelPath(stem, channel, Version1Ending))], RequirePath(field["label"]));
    }

    private static TrainingCase ReadVersion2Case(string name, JsonField field, int channels) => new(
        RequireIdentifier(field, name), field["images"].List(RequirePath, channels, channels), RequirePath(field["label"]));

    private static string RequirePath(JsonField field)
    {
        string path = field.Text();
        return path.Length > 0 && !path.Contains('\0') ? path : throw field.Wrong("expected a path");
    }

    /// <summary>Identifiers become names of files that are written, so they must not lead elsewhere.</summary>
    private static string RequireIdentifier(JsonField field, string name) =>
        name is "" or "." or ".." || name.AsSpan().ContainsAny("/\\\0")
            ? throw field.Wrong($"\"{name}\" is no name for a case", "use a name without slashes")
            : name;
}
