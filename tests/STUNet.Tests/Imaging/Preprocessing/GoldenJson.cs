using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Tests.Imaging.Preprocessing;

/// <summary>Reads what cases of the preprocessing sections hold.</summary>
internal static class GoldenJson
{
    public static Int3 Size(this JsonElement element, string field) => Size(element.GetProperty(field));

    public static Int3 Size(JsonElement list) => Int3.From(axis => list[axis].GetInt32());

    public static Int3 Spatial(this int[] shape) => new(shape[^3], shape[^2], shape[^1]);

    public static Spacing Spacing(this JsonElement element, string field)
    {
        JsonElement list = element.GetProperty(field);
        return new Spacing(list[0].GetDouble(), list[1].GetDouble(), list[2].GetDouble());
    }

    public static int? Axis(this JsonElement element, string field) =>
        element.GetProperty(field) is { ValueKind: JsonValueKind.Number } axis ? axis.GetInt32() : null;

    public static CropBox Box(this JsonElement element, string field)
    {
        JsonElement list = element.GetProperty(field);
        return new CropBox(Int3.From(axis => list[axis][0].GetInt32()), Int3.From(axis => list[axis][1].GetInt32() - list[axis][0].GetInt32()));
    }

    public static IntensityStatistics? Statistics(this JsonElement element, int channel)
    {
        if (!element.TryGetProperty("props", out JsonElement props) || props.ValueKind != JsonValueKind.Array)
            return null;
        JsonElement entry = props[channel];
        double deviation = (entry.TryGetProperty("sd", out JsonElement sd) ? sd : entry.GetProperty("std")).GetDouble();
        return new IntensityStatistics(
            entry.GetProperty("mean").GetDouble(), deviation, entry.GetProperty("percentile_00_5").GetDouble(), entry.GetProperty("percentile_99_5").GetDouble());
    }

    public static NormalizationScheme Scheme(string name, int version) => name switch
    {
        "CT" => version == 1 ? NormalizationScheme.Ct : NormalizationScheme.CtVersion2,
        "CT2" => NormalizationScheme.Ct2,
        "noNorm" or "NoNormalization" => NormalizationScheme.None,
        "CTNormalization" => NormalizationScheme.CtVersion2,
        "RescaleTo01Normalization" => NormalizationScheme.RescaleTo01,
        "RGBTo01Normalization" => NormalizationScheme.RgbTo01,
        _ => version == 1 ? NormalizationScheme.NonCt : NormalizationScheme.ZScore,
    };

    public static ReadOnlyMemory<T>[] Channels<T>(T[] values, Int3 size) =>
        [.. Enumerable.Range(0, values.Length / (int)size.Product).Select(c => new ReadOnlyMemory<T>(values, c * (int)size.Product, (int)size.Product))];
}
