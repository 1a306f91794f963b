using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Tests.Imaging.Preprocessing;
using STUNet.Training;

namespace STUNet.Tests.Training.Preprocessing;

/// <summary>Whole cases of both versions against the reference. They have no label map: background stands in for it, as it does in the reference.</summary>
public sealed class TrainingPreprocessorGoldenTests
{
    // The golden README's floor for images resampled with order 3, of their range.
    private const double OrderThreeFloorOfRange = 1e-5;

    public static IEnumerable<ITheoryDataRow> Files => GoldenCases.FilesBelow("e2e/", ".safetensors");

    public static IEnumerable<ITheoryDataRow> NnunetFiles =>
        GoldenCases.Rows(GoldenSet.Nnunet, set => set.FilesBelow("infer/", ".safetensors").Select(file => (object)file.Name));

    [Theory]
    [MemberData(nameof(Files))]
    public void Run_EndToEndCase_MatchesReferenceAtSamples(string name)
    {
        GoldenFile file = GoldenCases.Main.File(name);
        JsonElement parameters = file.Case(file.CaseNames.Single());
        Volume[] image = [.. parameters.GetProperty("images").EnumerateArray().Select(path => VolumeFile.Read(GoldenCases.Main.File(path.GetString()!).OpenPath()))];
        using WorkerPool pool = new(2);
        foreach (NnunetVersion version in Enum.GetValues<NnunetVersion>())
        {
            string word = NnunetVersionName.Of(version);
            PreprocessingRecipe recipe = Recipe(parameters, version, parameters.GetProperty($"schemes_{word}"));
            using PreprocessedVolumes actual = new TrainingPreprocessor(recipe, pool).Run(new TrainingVolumes([.. image], new LabelVolume(image[0].Geometry)));
            JsonElement expected = parameters.GetProperty(word);
            Assert.Equal(expected.Box("bbox"), actual.Properties.Box);
            Assert.Equal(expected.Size("resampled_shape"), actual.Size);
            GoldenTensor sampled = file.Tensor($"{word}.preprocessed.at");
            int[] positions = file.Tensor($"{word}.preprocessed.positions").Cast<int>();
            float[] values = [.. actual.Channels.SelectMany(channel => positions.Select(position => channel.GetSpan()[position]))];
            GoldenCompare.Within(sampled, values, OrderThreeFloorOfRange * 2 * sampled.Scale);
        }
    }

    [Theory]
    [MemberData(nameof(NnunetFiles))]
    public void Run_InferenceCase_MatchesReference(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(name);
        JsonElement parameters = file.Case(file.CaseNames.Single());
        VolumeGeometry geometry = new(parameters.Size("shape"), parameters.Spacing("spacing"));
        Volume[] image = [.. file.Tensor("raw").ToSingles().Chunk((int)geometry.Size.Product).Select(channel => new Volume(geometry, channel))];
        using WorkerPool pool = new(2);
        foreach (NnunetVersion version in Enum.GetValues<NnunetVersion>())
        {
            PreprocessingRecipe recipe = Recipe(parameters, version, parameters.GetProperty("schemes"));
            using PreprocessedVolumes actual = new TrainingPreprocessor(recipe, pool).Run(new TrainingVolumes([.. image], new LabelVolume(geometry)));
            GoldenTensor expected = file.Tensor($"{NnunetVersionName.Of(version)}.pre");
            Assert.Equal(expected.Shape.Spatial(), actual.Size);
            GoldenCompare.Within(expected, [.. actual.Channels.SelectMany(channel => channel.GetSpan().ToArray())]);
        }
    }

    private static PreprocessingRecipe Recipe(JsonElement parameters, NnunetVersion version, JsonElement schemes)
    {
        int[] forward = parameters.TryGetProperty("transpose_forward", out JsonElement axes) ? [.. axes.EnumerateArray().Select(axis => axis.GetInt32())] : [0, 1, 2];
        return new PreprocessingRecipe
        {
            Version = version,
            Forward = new AxisPermutation(forward[0], forward[1], forward[2]),
            Spacing = [.. parameters.GetProperty("target").EnumerateArray().Select(length => length.GetDouble())],
            Channels = [.. schemes.EnumerateArray().Select((scheme, channel) => new IntensityRule(
                GoldenJson.Scheme(scheme.GetString()!, version == NnunetVersion.V1 ? 1 : 2),
                parameters.TryGetProperty("use_mask", out JsonElement mask) && mask[channel].GetBoolean(),
                parameters.Statistics(channel)))],
            Classes = [[1]],
            Labels = [0, 1],
        };
    }
}
