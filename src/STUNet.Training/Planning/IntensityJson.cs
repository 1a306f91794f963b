using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The foreground intensities in fingerprints and plans; keys sorted, as nnU-Net writes them.</summary>
internal static class IntensityJson
{
    public const string Name = "foreground_intensity_properties_per_channel";
    private const string OldName = "foreground_intensity_properties_by_modality";

    /// <summary>The channels' intensities, at least as many as asked for.</summary>
    public static ImmutableArray<IntensityProperties> Read(JsonField root, int least = 1)
    {
        JsonField field = root.Optional(Name) ?? root.Optional(OldName) ?? root[Name];
        int count = field.Members().Count();
        if (count < least || count > DatasetDescription.MaxChannels)
            throw field.Wrong($"{count} channels");
        return [.. Enumerable.Range(0, count).Select(channel => ReadChannel(field[channel.ToString(CultureInfo.InvariantCulture)]))];
    }

    public static JsonObject Write(ImmutableArray<IntensityProperties> channels)
    {
        JsonObject all = [];
        for (int channel = 0; channel < channels.Length; channel++)
        {
            IntensityProperties properties = channels[channel];
            all[channel.ToString(CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["max"] = NnunetJson.Float(properties.Max),
                ["mean"] = NnunetJson.Float(properties.Mean),
                ["median"] = NnunetJson.Float(properties.Median),
                ["min"] = NnunetJson.Float(properties.Min),
                ["percentile_00_5"] = NnunetJson.Float(properties.Percentile005),
                ["percentile_99_5"] = NnunetJson.Float(properties.Percentile995),
                ["std"] = NnunetJson.Float(properties.StandardDeviation),
            };
        }

        return all;
    }

    private static IntensityProperties ReadChannel(JsonField field) => new(
        field["mean"].Double(), field["std"].Double(), field["median"].Double(), field["min"].Double(), field["max"].Double(),
        field["percentile_00_5"].Double(), field["percentile_99_5"].Double());
}
