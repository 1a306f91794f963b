using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>What a user of an ONNX file must know beside the graph: texts for its <c>metadata_props</c>. Lists and tables are JSON.</summary>
public static class OnnxMetadata
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The texts of a model; those of an untrained network are its architecture and patch.</summary>
    /// <param name="config">The architecture.</param>
    /// <param name="patch">Size of the image (z, y, x).</param>
    /// <param name="manifest">What the model says beside its weights; null where there is none.</param>
    /// <param name="fold">Name of the exported fold; empty where there is none.</param>
    public static IReadOnlyDictionary<string, string> Of(StuNetConfig config, Int3 patch, ModelManifest? manifest = null, string fold = "")
    {
        SortedDictionary<string, string> texts = new(StringComparer.Ordinal)
        {
            ["architecture"] = config.ToString(),
            ["patch_zyx"] = Json(new JsonArray(patch.D, patch.H, patch.W)),
            ["licence"] = manifest is null ? "seeded random weights" : manifest.Licence.Length > 0 ? manifest.Licence : "unknown: ask who trained the weights",
        };
        if (manifest is null)
            return texts;
        texts["spacing_mm_zyx"] = Json(new JsonArray([.. manifest.SpacingMm.Select(length => (JsonNode)length)]));
        texts["transpose_forward"] = Json(new JsonArray([.. manifest.TransposeForward.Select(axis => (JsonNode)axis)]));
        texts["channels"] = Json(new JsonArray([.. manifest.Channels.Select(Describe)]));
        texts["nnunet"] = manifest.Nnunet.ToString().ToLowerInvariant();
        texts["fold"] = fold;
        if (manifest.Trainer.Length > 0)
            texts["trainer"] = manifest.Trainer;
        if (manifest.Labels.Count > 0)
            texts["labels"] = Json(new JsonObject(manifest.Labels.Select(label => KeyValuePair.Create(label.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)label.Value))));
        return texts;
    }

    private static JsonObject Describe(ChannelNormalization channel)
    {
        JsonObject described = new() { ["name"] = channel.Name, ["normalization"] = channel.Scheme, ["nonzero_only"] = channel.UseMask };
        if (channel.Intensity is { } intensity)
        {
            described["mean"] = intensity.Mean;
            described["sd"] = intensity.StandardDeviation;
            described["percentile_00_5"] = intensity.Percentile005;
            described["percentile_99_5"] = intensity.Percentile995;
        }

        return described;
    }

    private static string Json(JsonNode node) => node.ToJsonString(Readable);
}
