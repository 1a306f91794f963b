using System.Text.Json;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Imaging.Preprocessing;

namespace STUNet.Tests.Inference;

/// <summary>Models described by golden cases.</summary>
internal static class InferenceCases
{
    /// <summary>The model of a case of either set; the architecture only has the right numbers of channels and classes where the case has no plan.</summary>
    public static ModelManifest Manifest(JsonElement @case, int channels, int classes, NnunetVersion version = NnunetVersion.V1)
    {
        int[] forward = Axes(@case, "transpose_forward", [0, 1, 2]);
        JsonElement schemes = @case.TryGetProperty($"schemes_{NnunetVersionName.Of(version)}", out JsonElement listed) ? listed : @case.GetProperty("schemes");
        return new ModelManifest
        {
            Architecture = @case.TryGetProperty("plan", out _)
                ? GoldenNetwork.ConfigOf(@case)
                : new StuNetConfig(channels, classes, [4, 4], [1, 1], [Int3.One]),
            PatchSize = @case.Size("patch"),
            SpacingMm = [.. @case.GetProperty("target").EnumerateArray().Select(length => length.GetDouble())],
            TransposeForward = [.. forward],
            TransposeBackward = [.. Axes(@case, "transpose_backward", [0, 1, 2])],
            Channels = [.. Enumerable.Range(0, channels).Select(channel => new ChannelNormalization(
                "", Scheme(schemes[channel].GetString()!, version), @case.TryGetProperty("use_mask", out JsonElement mask) && mask[channel].GetBoolean(), Intensity(@case, channel)))],
            Nnunet = version,
            MirrorAxes = [.. Axes(@case, "axes", [])],
            ElementType = ElementType.F32,
            Folds = [],
        };
    }

    /// <summary>The most windows that cover one voxel.</summary>
    public static int MostWindowsOverOneVoxel(WindowGrid grid)
    {
        int product = 1;
        for (int axis = 0; axis < 3; axis++)
        {
            int[] starts = [.. grid.Starts(axis)];
            product *= Enumerable.Range(0, grid.Padded[axis]).Max(voxel => starts.Count(start => start <= voxel && voxel < start + grid.Patch[axis]));
        }

        return product;
    }

    /// <summary>The parameters of a network of the golden set.</summary>
    public static DictionaryParameters Parameters(GoldenFile network) => new(name => network.Tensor($"param.{name}").ToSingles());

    // Cases of both versions name v1's schemes.
    private static string Scheme(string name, NnunetVersion version) => (name, version) switch
    {
        ("CT", NnunetVersion.V2) => "CTNormalization",
        ("nonCT", NnunetVersion.V2) => "ZScoreNormalization",
        ("noNorm", NnunetVersion.V2) => "NoNormalization",
        _ => name,
    };

    private static int[] Axes(JsonElement @case, string field, int[] otherwise) =>
        @case.TryGetProperty(field, out JsonElement list) ? [.. list.EnumerateArray().Select(axis => axis.GetInt32())] : otherwise;

    private static IntensityProperties? Intensity(JsonElement @case, int channel) => @case.Statistics(channel) is { } known
        ? new IntensityProperties(known.Mean, known.StandardDeviation, known.Mean, known.Percentile005, known.Percentile995, known.Percentile005, known.Percentile995)
        : null;
}
