using System.Collections.Immutable;
using System.Text.Json.Nodes;
using STUNet.Imaging;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The JSON form of <see cref="DatasetFingerprint"/>; keys sorted, as nnU-Net writes them.</summary>
internal static class FingerprintJson
{
    private const int MaxCases = 1 << 24;

    public static DatasetFingerprint Read(JsonField root)
    {
        ImmutableArray<Spacing> spacings = root["spacings"].List(ReadSpacing, 1, MaxCases);
        return new DatasetFingerprint
        {
            Spacings = spacings,
            ShapesAfterCrop = root["shapes_after_crop"].List(item => item.Triple(), spacings.Length, spacings.Length),
            ForegroundIntensities = IntensityJson.Read(root),
            MedianRelativeSizeAfterCropping = root["median_relative_size_after_cropping"] is var size && size.Double() is >= 0 and <= 1 and var share
                ? share
                : throw size.Wrong("expected 0 to 1"),
        };
    }

    public static JsonObject Write(DatasetFingerprint fingerprint) => new()
    {
        [IntensityJson.Name] = IntensityJson.Write(fingerprint.ForegroundIntensities),
        ["median_relative_size_after_cropping"] = NnunetJson.Float(fingerprint.MedianRelativeSizeAfterCropping),
        ["shapes_after_crop"] = NnunetJson.Rows(fingerprint.ShapesAfterCrop.Select(shape => new[] { shape.D, shape.H, shape.W })),
        ["spacings"] = new JsonArray([.. fingerprint.Spacings.Select(spacing => (JsonNode)NnunetJson.Floats([spacing.Z, spacing.Y, spacing.X]))]),
    };

    private static Spacing ReadSpacing(JsonField field)
    {
        ImmutableArray<double> lengths = field.List(PlanJson.ReadLength, 3, 3);
        return new Spacing(lengths[0], lengths[1], lengths[2]);
    }
}
