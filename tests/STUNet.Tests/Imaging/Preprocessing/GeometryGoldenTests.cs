using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Imaging.Preprocessing;

public sealed class GeometryGoldenTests
{
    private const string FileName = "pre/geometry.safetensors";

    public static IEnumerable<ITheoryDataRow> Gaussians => GoldenCases.Of(FileName, name => name.StartsWith("gauss.", StringComparison.Ordinal));

    public static IEnumerable<ITheoryDataRow> Crops => GoldenCases.Of(FileName, name => name.StartsWith("crop.", StringComparison.Ordinal));

    private static GoldenFile File => GoldenCases.Main.File(FileName);

    [Fact]
    public void NewSize_GoldenRows_Equal()
    {
        Assert.All(File.Case("new_shapes").GetProperty("rows").EnumerateArray(), row =>
        {
            (STUNet.Imaging.Spacing old, STUNet.Imaging.Spacing target) = (row.Spacing("old_spacing"), row.Spacing("new_spacing"));
            Int3 size = ResamplingGeometry.NewSize(row.Size("shape"), old, target);
            Assert.Equal(row.Size("v1"), size);
            Assert.Equal(row.Size("v2"), size);
            Assert.Equal(row.Axis("separate_axis_image_first"), ResamplingGeometry.SeparateAxis(old, target));
            Assert.Equal(row.Axis("separate_axis_target_first"), ResamplingGeometry.SeparateAxis(target, old));
        });
    }

    [Fact]
    public void Starts_GoldenRows_Equal()
    {
        Assert.All(File.Case("steps").GetProperty("rows").EnumerateArray(), row =>
        {
            (Int3 image, Int3 patch, double step) = (row.Size("image"), row.Size("patch"), row.GetProperty("step").GetDouble());
            for (int axis = 0; axis < 3; axis++)
                Assert.Equal(row.GetProperty("starts")[axis].EnumerateArray().Select(start => start.GetInt32()), SlidingWindow.Starts(image[axis], patch[axis], step));
        });
    }

    [Theory]
    [MemberData(nameof(Gaussians))]
    public void GaussianMap_GoldenCase_MatchesReference(string name)
    {
        JsonElement parameters = File.Case(name);
        Int3 patch = parameters.Size("patch");
        float[] map = GaussianMap.Create(patch);
        Half[] half = GaussianMap.CreateHalf(patch);
        if (File.Has($"{name}.full"))
        {
            Compare($"{name}.full", map);
            Assert.Equal(File.Tensor($"{name}.full_half").Cast<Half>(), half);
        }

        int[] positions = File.Tensor($"{name}.positions").Cast<int>();
        Compare($"{name}.at", [.. positions.Select(at => map[at])]);
        Assert.Equal(File.Tensor($"{name}.at_half").Cast<Half>(), positions.Select(at => half[at]));
        int[] strides = [patch.H * patch.W, patch.W, 1];
        for (int axis = 0; axis < 3; axis++)
        {
            int start = Enumerable.Range(0, 3).Where(other => other != axis).Sum(other => patch[other] / 2 * strides[other]);
            Compare($"{name}.line{axis}", [.. Enumerable.Range(0, patch[axis]).Select(i => map[start + i * strides[axis]])]);
        }

        Assert.Equal(parameters.GetProperty("half_distinct_values").GetInt32(), half.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Crops))]
    public void NonzeroRegion_GoldenCase_Equals(string name)
    {
        GoldenTensor data = File.Tensor($"{name}.data");
        Int3 size = data.Shape.Spatial();
        using WorkerPool pool = new(2);
        NonzeroRegion region = NonzeroRegion.Find(GoldenJson.Channels(data.ToSingles(), size), size, pool);
        CropBox box = region.RequireBox();
        Assert.Equal(File.Case(name).Box("bbox"), box);
        Assert.Equal(File.Tensor($"{name}.seg").Cast<sbyte>(), region.OutsideMarks(box));
    }

    /// <summary>Both sides round once to binary32 from doubles that differ in their last bits: at most one unit in the last place.</summary>
    private static void Compare(string tensor, float[] actual)
    {
        float[] expected = File.Tensor(tensor).ToSingles();
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.InRange(actual[i], MathF.BitDecrement(expected[i]), MathF.BitIncrement(expected[i]));
    }
}
