using System.Collections.Immutable;
using System.Text.Json;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Model;

public sealed class StuNetConfigTests
{
    // Parameter counts and tensor counts of the four sizes: reference/architecture.md section 8.
    [Theory]
    [InlineData(StuNetSize.S, 105, 14_596_941, 130)]
    [InlineData(StuNetSize.S, 2, 14_545_338, 130)]
    [InlineData(StuNetSize.B, 105, 58_262_669, 130)]
    [InlineData(StuNetSize.B, 16, 58_173_936, 130)]
    [InlineData(StuNetSize.L, 105, 440_302_605, 218)]
    [InlineData(StuNetSize.H, 105, 1_457_326_221, 306)]
    [InlineData(StuNetSize.H, 10, 1_457_043_026, 306)]
    public void Of_NamedSize_HasThePublishedParameters(StuNetSize size, int classes, long parameters, int tensors)
    {
        StuNetConfig config = StuNetConfig.Of(size, 1, classes);
        Assert.Equal(parameters, StuNetParameters.Count(config));
        Assert.Equal(tensors, StuNetParameters.Enumerate(config).Count());
        Assert.Equal(size, config.NamedSize);
        Assert.Equal(new Int3(16, 16, 32), config.TotalStride);
    }

    [Theory]
    [InlineData(StuNetSize.S)]
    [InlineData(StuNetSize.H)]
    public void Of_OneMoreChannel_Adds28ParametersPerFirstWidth(StuNetSize size)
    {
        StuNetConfig one = StuNetConfig.Of(size);
        Assert.Equal(28 * one.Dims[0], StuNetParameters.Count(StuNetConfig.Of(size, 2)) - StuNetParameters.Count(one));
    }

    public static IEnumerable<ITheoryDataRow> Networks() => GoldenCases.FilesBelow("net/", ".safetensors");

    [Theory]
    [MemberData(nameof(Networks))]
    public void FromTensorShapes_GoldenNetwork_FindsPlanAndOrder(string name)
    {
        GoldenFile file = GoldenCases.Main.File(name);
        foreach (string caseName in file.CaseNames)
        {
            JsonElement plan = file.Case(caseName).GetProperty("plan");
            Dictionary<string, ImmutableArray<int>> shapes = [];
            foreach (JsonProperty tensor in file.Manifest.GetProperty("tensors").EnumerateObject())
            {
                if (tensor.Name.StartsWith("param.", StringComparison.Ordinal))
                    shapes.Add(tensor.Name[6..], [.. tensor.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())]);
            }

            StuNetConfig expected = OfPlan(plan);
            Assert.Equal(expected, StuNetConfig.FromTensorShapes(shapes, expected.Strides, name));
            Assert.Equal(shapes.Keys, StuNetParameters.Enumerate(expected).Select(parameter => parameter.Name));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void FromTensorShapes_AnyNumberOfStages_RoundTrips(int stages)
    {
        StuNetConfig config = new(
            2,
            3,
            [.. Enumerable.Range(0, stages).Select(stage => 3 + stage)],
            [.. Enumerable.Range(0, stages).Select(stage => 1 + stage % 3)],
            [.. Enumerable.Range(1, stages - 1).Select(stage => new Int3(1 + stage % 2, 2, 1))],
            [.. Enumerable.Range(0, stages).Select(stage => new Int3(1, 3, 5 - 2 * (stage % 3)))]);
        Assert.Equal(config, StuNetConfig.FromTensorShapes(Shapes(config), config.Strides, "x"));
    }

    [Fact]
    public void FromTensorShapes_StridesOfAnotherLength_AreCutOrPadded()
    {
        StuNetConfig config = StuNetConfig.Of(StuNetSize.S);
        Int3 two = new(2, 2, 2);
        Assert.Equal([two, two, Int3.One, Int3.One, Int3.One], StuNetConfig.FromTensorShapes(Shapes(config), [two, two], "x").Strides);
        Assert.Equal(Enumerable.Repeat(two, 5), StuNetConfig.FromTensorShapes(Shapes(config), Enumerable.Repeat(two, 7), "x").Strides);
    }

    [Fact]
    public void FromTensorShapes_AnotherNetwork_NamesTheFirstOddTensor()
    {
        Dictionary<string, ImmutableArray<int>> shapes = new() { ["encoder.stages.0.weight"] = [32, 1, 3, 3, 3] };
        InvalidFileException failure = Assert.Throws<InvalidFileException>(() => StuNetConfig.FromTensorShapes(shapes, [], "unet.pth"));
        Assert.Contains("unet.pth: conv_blocks_context.0.0.conv1.weight: tensor missing", failure.Message);
        Assert.Contains("encoder.stages.0.weight", failure.Message);

        Dictionary<string, ImmutableArray<int>> damaged = Shapes(StuNetConfig.Of(StuNetSize.S));
        damaged["upsample_layers.1.conv.weight"] = [128, 255, 1, 1, 1];
        failure = Assert.Throws<InvalidFileException>(() => StuNetConfig.FromTensorShapes(damaged, [], "x"));
        Assert.Contains("upsample_layers.1.conv.weight: expected shape [128, 256, 1, 1, 1], found [128, 255, 1, 1, 1]", failure.Message);

        Dictionary<string, ImmutableArray<int>> more = Shapes(StuNetConfig.Of(StuNetSize.S));
        more["extra.weight"] = [1];
        Assert.Contains("extra.weight", Assert.Throws<InvalidFileException>(() => StuNetConfig.FromTensorShapes(more, [], "x")).Message);

        foreach (string name in Shapes(StuNetConfig.Of(StuNetSize.S)).Keys)
        {
            Dictionary<string, ImmutableArray<int>> less = Shapes(StuNetConfig.Of(StuNetSize.S));
            less.Remove(name);
            Assert.Throws<InvalidFileException>(() => StuNetConfig.FromTensorShapes(less, [], "x"));
        }
    }

    [Fact]
    public void Constructor_ValueOutOfRange_NamesIt()
    {
        AssertRefused("input channels", () => new(0, 2, [4, 8], [1, 1], [new(2, 2, 2)]));
        AssertRefused("classes", () => new(1, 0, [4, 8], [1, 1], [new(2, 2, 2)]));
        AssertRefused("dims", () => new(1, 2, [4], [1], []));
        AssertRefused("dims[1]", () => new(1, 2, [4, 0], [1, 1], [new(2, 2, 2)]));
        AssertRefused("depth", () => new(1, 2, [4, 8], [1], [new(2, 2, 2)]));
        AssertRefused("depth[0]", () => new(1, 2, [4, 8], [0, 1], [new(2, 2, 2)]));
        AssertRefused("strides", () => new(1, 2, [4, 8], [1, 1], []));
        AssertRefused("strides[0]", () => new(1, 2, [4, 8], [1, 1], [new(2, 0, 2)]));
        AssertRefused("kernels[1]", () => new(1, 2, [4, 8], [1, 1], [new(2, 2, 2)], [new(3, 3, 3), new(3, 2, 3)]));
    }

    [Fact]
    public void Equals_ComparesByValue()
    {
        Assert.Equal(StuNetConfig.Of(StuNetSize.B), StuNetConfig.Of(StuNetSize.B));
        Assert.Equal(StuNetConfig.Of(StuNetSize.B).GetHashCode(), StuNetConfig.Of(StuNetSize.B).GetHashCode());
        Assert.NotEqual(StuNetConfig.Of(StuNetSize.B), StuNetConfig.Of(StuNetSize.B, strides: [.. Enumerable.Repeat(new Int3(2, 2, 2), 5)]));
    }

    /// <summary>The architecture in a golden case's "plan".</summary>
    internal static StuNetConfig OfPlan(JsonElement plan)
    {
        ImmutableArray<int> dims = [.. plan.GetProperty("dims").EnumerateArray().Select(size => size.GetInt32())];
        return new(
            plan.GetProperty("cin").GetInt32(),
            plan.GetProperty("ncls").GetInt32(),
            dims,
            [.. dims.Select(_ => plan.GetProperty("depth").GetInt32())],
            [.. plan.GetProperty("pools").EnumerateArray().Select(Triple)],
            [.. plan.GetProperty("kernels").EnumerateArray().Select(Triple)]);
    }

    private static Int3 Triple(JsonElement list) => Int3.From(axis => list[axis].GetInt32());

    private static Dictionary<string, ImmutableArray<int>> Shapes(StuNetConfig config) =>
        StuNetParameters.Enumerate(config).ToDictionary(parameter => parameter.Name, parameter => parameter.Shape);

    private static void AssertRefused(string field, Func<StuNetConfig> create) =>
        Assert.Contains(field, Assert.Throws<InvalidRequestException>(create).Message);
}
