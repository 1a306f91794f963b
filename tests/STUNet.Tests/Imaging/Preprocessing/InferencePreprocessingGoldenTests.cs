using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Imaging.Preprocessing;

public sealed class InferencePreprocessingGoldenTests
{
    public static IEnumerable<ITheoryDataRow> Files =>
        GoldenCases.Rows(GoldenSet.Nnunet, set => set.FilesBelow("infer/", ".safetensors").Select(file => (object)file.Name));

    [Theory]
    [MemberData(nameof(Files))]
    public void CropResampleNormalise_GoldenCaseOfVersion1_MatchesReference(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(name);
        JsonElement parameters = file.Case(file.CaseNames.Single());
        JsonElement expected = parameters.GetProperty("v1");
        JsonElement forward = parameters.GetProperty("transpose_forward");
        AxisPermutation permutation = new(forward[0].GetInt32(), forward[1].GetInt32(), forward[2].GetInt32());
        Int3 size = parameters.Size("shape");
        using WorkerPool pool = new(2);
        ReadOnlyMemory<float>[] channels = GoldenJson.Channels(file.Tensor("raw").ToSingles(), size);
        CropBox box = NonzeroRegion.Find(channels, size, pool).RequireBox();
        Assert.Equal(expected.Box("box"), box);
        Assert.Equal(expected.Size("cropped"), box.Size);

        (STUNet.Imaging.Spacing spacing, STUNet.Imaging.Spacing target) = (permutation.Apply(parameters.Spacing("spacing")), parameters.Spacing("target"));
        Int3 cropped = permutation.Apply(box.Size);
        Int3 newSize = ResamplingGeometry.NewSize(cropped, spacing, target);
        GoldenTensor pre = file.Tensor("v1.pre");
        Assert.Equal(pre.Shape.Spatial(), newSize);
        float[] actual = new float[channels.Length * newSize.Product];
        for (int c = 0; c < channels.Length; c++)
        {
            float[] crop = new float[box.Size.Product];
            float[] transposed = new float[box.Size.Product];
            Memory<float> result = actual.AsMemory(c * (int)newSize.Product, (int)newSize.Product);
            box.CopyFrom(channels[c].Span, size, crop);
            permutation.Apply<float>(crop, box.Size, transposed, pool);
            ImageResampler.Resample(
                transposed, cropped, result, newSize, InterpolationOrder.Cubic, ResamplingGeometry.SeparateAxis(spacing, target), pool);
            NormalizationScheme scheme = GoldenJson.Scheme(parameters.GetProperty("schemes")[c].GetString()!, version: 1);
            IntensityNormalization.Apply(result, scheme, default, parameters.Statistics(c), pool);
        }

        GoldenCompare.Within(pre, actual);
        Int3 patch = parameters.Size("patch");
        Int3 padded = PatchPadding.For(newSize, patch).PaddedSize;
        for (int axis = 0; axis < 3; axis++)
        {
            Assert.Equal(
                expected.GetProperty("starts")[axis].EnumerateArray().Select(start => start.GetInt32()),
                SlidingWindow.Starts(padded[axis], patch[axis], parameters.GetProperty("step").GetDouble()));
        }

        AxisPermutation undo = permutation.Inverse;
        Assert.Equal(box.Size, undo.Apply(cropped));
    }
}
