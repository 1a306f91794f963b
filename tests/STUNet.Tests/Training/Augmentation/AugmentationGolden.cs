using System.Text.Json;
using STUNet.Core;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;
using STUNet.Training;

namespace STUNet.Tests.Training.Augmentation;

/// <summary>Reads patches and parameters of the augmentation sections and compares with them.</summary>
internal static class AugmentationGolden
{
    public static SamplePatch Patch(GoldenFile file, string name)
    {
        GoldenTensor image = file.Tensor($"{name}.data");
        return new SamplePatch(image.Shape[0], image.Shape.Spatial(), image.ToSingles(), Labels(file.Tensor($"{name}.seg")));
    }

    public static SamplePatch Image(GoldenTensor image)
    {
        Int3 size = image.Shape.Spatial();
        return new SamplePatch(image.Shape[0], size, image.ToSingles(), new short[size.Product]);
    }

    public static short[] Labels(GoldenTensor tensor) => Array.ConvertAll(tensor.ToSingles(), value => (short)value);

    public static float[] Values(this SamplePatch patch) => [.. Enumerable.Range(0, patch.Channels).SelectMany(c => patch.Channel(c).ToArray())];

    /// <summary>The set's rule for values that one element decides: max(4 f32_err, 2^-23 scale).</summary>
    public static void Within(GoldenTensor expected, float[] actual) => GoldenCompare.Within(
        expected.Name, expected.ToSingles(), actual, Math.Max(4 * expected.F32Err, expected.Scale / (1 << 23)));

    /// <summary>Labels are exact, but for voxels marked as ties.</summary>
    public static void Equal(GoldenTensor expected, ReadOnlySpan<short> actual, byte[]? ties)
    {
        short[] wanted = Labels(expected);
        Assert.Equal(wanted.Length, actual.Length);
        for (int i = 0; i < wanted.Length; i++)
        {
            if (ties is null || ties[i] == 0)
                Assert.True(wanted[i] == actual[i], $"{expected.Name}[{i}]: expected {wanted[i]}, got {actual[i]}");
        }
    }

    public static bool IsPresent(this JsonElement parameters, string field, out JsonElement value) =>
        parameters.TryGetProperty(field, out value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False);

    public static SpatialTransform Spatial(JsonElement parameters)
    {
        bool inPlane = parameters.IsPresent("dummy_2d", out _);
        RotationAngles? rotation = null;
        if (parameters.IsPresent("angles_rad", out JsonElement angles) || parameters.IsPresent("angles", out angles))
            rotation = new(angles[0].GetDouble(), inPlane ? 0 : angles[1].GetDouble(), inPlane ? 0 : angles[2].GetDouble());
        return new SpatialTransform(rotation, parameters.IsPresent("scale", out JsonElement scale) ? scale.GetDouble() : null, inPlane);
    }

    public static double?[] PerChannel(JsonElement list) =>
        [.. list.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? (double?)null : value.GetDouble())];

    public static Mirroring Mirror(JsonElement axes) =>
        new([.. Enumerable.Range(0, 3).Select(axis => axes.EnumerateArray().Any(flipped => flipped.GetInt32() == axis))]);

    public static bool[] Flags(JsonElement list) => [.. list.EnumerateArray().Select(flag => flag.GetBoolean())];

    public static Int3[] Strides(JsonElement list) => [.. list.EnumerateArray().Select(GoldenJson.Size)];

    public static LabelRegions? Regions(JsonElement parameters) => !parameters.IsPresent("regions", out JsonElement regions) ? null : new LabelRegions(
        [.. regions.EnumerateArray().Select(region => (int[])[.. region.EnumerateArray().Select(label => label.GetInt32())])],
        parameters.IsPresent("ignore", out JsonElement ignore) ? ignore.GetInt32() : null);
}
