using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Imaging.Preprocessing;

public sealed class ResampleGoldenTests
{
    private const string FileName = "pre/resample.safetensors";

    public static IEnumerable<ITheoryDataRow> Cases => GoldenCases.Of(FileName);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Resample_GoldenCase_MatchesReference(string name)
    {
        GoldenFile file = GoldenCases.Main.File(FileName);
        JsonElement parameters = file.Case(name);
        using WorkerPool pool = new(2);
        int? axis = ResamplingGeometry.SeparateAxis(parameters.Spacing("old_spacing"), parameters.Spacing("new_spacing"));
        Assert.Equal(parameters.Axis("separate_axis"), axis);
        Int3 size = parameters.Size("shape");
        foreach (string version in (string[])["v1", "v2"])
        {
            Int3 newSize = parameters.Size($"new_shape_{version}");
            Assert.Equal(newSize, ResamplingGeometry.NewSize(size, parameters.Spacing("old_spacing"), parameters.Spacing("new_spacing")));
            foreach ((string input, string output, InterpolationOrder order) in (ReadOnlySpan<(string, string, InterpolationOrder)>)
                [("image", "image3", InterpolationOrder.Cubic), ("prob", "prob1", InterpolationOrder.Linear), ("image", "image0", InterpolationOrder.Nearest)])
            {
                if (!file.Has($"{name}.{version}.{output}"))
                    continue;
                GoldenTensor expected = file.Tensor($"{name}.{version}.{output}");
                float[] source = file.Tensor($"{name}.{input}").ToSingles();
                float[] actual = new float[expected.ToSingles().Length];
                ReadOnlyMemory<float>[] channels = GoldenJson.Channels(source, size);
                for (int c = 0; c < channels.Length; c++)
                    ImageResampler.Resample(channels[c], size, actual.AsMemory(c * (int)newSize.Product, (int)newSize.Product), newSize, order, axis, pool);

                // The README's bound for float64 implementations, as the reference and this one both round once at the end.
                GoldenCompare.Within(expected.Name, expected.ToSingles(), actual, 4e-7 * expected.Scale);
            }

            foreach ((string output, InterpolationOrder order) in (ReadOnlySpan<(string, InterpolationOrder)>)
                [("seg1", InterpolationOrder.Linear), ("seg0", InterpolationOrder.Nearest)])
            {
                short[] actual = new short[newSize.Product];
                LabelResampler.Resample<short>(file.Tensor($"{name}.seg").Cast<short>(), size, actual, newSize, order, axis, pool);
                Assert.Equal(file.Tensor($"{name}.{version}.{output}").Cast<short>(), actual);
            }
        }
    }
}
