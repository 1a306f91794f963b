using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Imaging.Preprocessing;

public sealed class NormalizationGoldenTests
{
    private const string FileName = "pre/normalize.safetensors";

    public static IEnumerable<ITheoryDataRow> Cases => GoldenCases.Of(FileName);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Apply_GoldenCase_MatchesReference(string name)
    {
        GoldenFile file = GoldenCases.Main.File(FileName);
        JsonElement parameters = file.Case(name);
        float[] values = file.Tensor($"{name}.x").ToSingles();
        sbyte[] outside = file.Tensor($"{name}.seg").Cast<sbyte>();
        using WorkerPool pool = new(2);
        for (int c = 0; c < values.Length / outside.Length; c++)
        {
            NormalizationScheme scheme = GoldenJson.Scheme(parameters.GetProperty("schemes")[c].GetString()!, parameters.GetProperty("version").GetInt32());
            bool masked = parameters.GetProperty("use_mask")[c].GetBoolean();
            IntensityNormalization.Apply(
                values.AsMemory(c * outside.Length, outside.Length), scheme, masked ? outside : default(ReadOnlyMemory<sbyte>), parameters.Statistics(c), pool);
        }

        GoldenTensor expected = file.Tensor($"{name}.y");
        GoldenCompare.Within(expected.Name, expected.ToSingles(), values, 4e-7 * expected.Scale);
    }
}
