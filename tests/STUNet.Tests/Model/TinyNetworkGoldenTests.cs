using System.Collections.Immutable;
using System.Text.Json;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Model;

/// <summary>Whole tiny networks with stored weights against PyTorch's float64 logits of all five heads.</summary>
public sealed class TinyNetworkGoldenTests
{
    public static IEnumerable<ITheoryDataRow> Networks => GoldenCases.FilesBelow("net/", ".safetensors");

    public static IEnumerable<ITheoryDataRow> NetworksAndDevices => TestDevices.Times(Networks);

    [Theory]
    [MemberData(nameof(NetworksAndDevices))]
    public void Forward_StoredWeights_EqualsPyTorch(string fileName, string deviceName)
    {
        GoldenFile file = GoldenCases.Main.File(fileName);
        JsonElement @case = file.Case(Assert.Single(file.CaseNames));
        StuNetConfig config = GoldenNetwork.ConfigOf(@case);
        Device device = TestDevices.Open(deviceName);
        foreach (PlanOptions options in (PlanOptions[])[new(), new() { Rewrites = [] }])
        {
            using CompiledModel model = new(device, new DictionaryParameters(name => file.Tensor($"param.{name}").ToSingles()));
            for (int input = 0; file.Has($"input.{input}"); input++)
                CompareHeads(file, input, config, device, model, options);
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Enumerate_PublishedOrder_EqualsTheStateDict(string fileName)
    {
        GoldenFile file = GoldenCases.Main.File(fileName);
        StuNetConfig config = GoldenNetwork.ConfigOf(file.Case(Assert.Single(file.CaseNames)));
        string[] expected = [.. file.TensorNames.Where(name => name.StartsWith("param.", StringComparison.Ordinal)).Select(name => name["param.".Length..])];
        Assert.Equal(expected, StuNetParameters.Enumerate(config).Select(parameter => parameter.Name));
        foreach (StuNetParameter parameter in StuNetParameters.Enumerate(config))
            Assert.Equal(file.Tensor($"param.{parameter.Name}").Shape, parameter.Shape);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Read_SeededParameters_EqualTheStoredOnes(string fileName)
    {
        GoldenFile file = GoldenCases.Main.File(fileName);
        JsonElement @case = file.Case(Assert.Single(file.CaseNames));
        StuNetConfig config = GoldenNetwork.ConfigOf(@case);
        SeededParameters parameters = new(config, @case.GetProperty("salt").GetString()!);
        foreach (StuNetParameter parameter in StuNetParameters.Enumerate(config))
        {
            float[] values = new float[parameter.Count];
            parameters.Read(parameter.Name, values);
            Assert.Equal(file.Tensor($"param.{parameter.Name}").ToSingles(), values);
        }
    }

    private static void CompareHeads(GoldenFile file, int input, StuNetConfig config, Device device, CompiledModel model, PlanOptions options)
    {
        GoldenTensor image = file.Tensor($"input.{input}");
        Tape tape = new();
        Value x = tape.Input("x", new TensorDesc(GoldenNetwork.ShapeOf(image)));
        ImmutableArray<Value> heads = StuNet.Forward(tape, config, x);
        for (int head = 0; head < heads.Length; head++)
            tape.Output($"head.{head}", heads[head]);
        using Plan plan = model.CreatePlan(tape, options);
        plan.Write(device, "x", image.ToSingles());
        plan.Run().Wait();
        for (int head = 0; head < heads.Length; head++)
            GoldenCompare.Within(file.Tensor($"logits.{input}.head.{head}"), plan.Read(device, $"head.{head}"));
    }
}
