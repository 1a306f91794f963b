using System.Globalization;
using System.Text.Json;
using STUNet.TestKit;

namespace STUNet.Tests.Cli;

public sealed class InfoCommandTests
{
    // reference/architecture.md sections 8 and 9: parameters, multiply-adds of the convolutions with five heads at strides 2^5, the published table.
    [Theory]
    [InlineData("STU-Net-S", 14_596_941, 129_377_107_968, "14.60", "0.13")]
    [InlineData("STU-Net-B", 58_262_669, 506_243_317_760, "58.26", "0.51")]
    [InlineData("STU-Net-L", 440_302_605, 3_803_510_734_848, "440.30", "3.81")]
    [InlineData("STU-Net-H", 1_457_326_221, 12_593_403_789_312, "1457.33", "12.60")]
    public void Run_WithoutArguments_ReproducesThePublishedTable(string name, long parameters, long macs, string millions, string tera)
    {
        JsonElement network = CliRun.Of("info", "--json").Succeeded().Json.GetProperty("networks").EnumerateArray()
            .Single(entry => entry.GetProperty("name").GetString() == name);
        Assert.Equal(parameters, network.GetProperty("parameters").GetInt64());
        Assert.Equal(macs, network.GetProperty("convolutionMacs").GetInt64());
        Assert.Equal(tera, (network.GetProperty("publishedMacs").GetInt64() / 1e12).ToString("F2", CultureInfo.InvariantCulture));
        string line = Assert.Single(CliRun.Of("info").Succeeded().Output.Split(Environment.NewLine), line => line.StartsWith(name, StringComparison.Ordinal));
        Assert.Contains($"{millions} M", line);
        Assert.Contains($" {tera} ", line);
    }

    // Section 9, last column but one: strides of the published plan.
    [Theory]
    [InlineData("S", 130_069_168_128)]
    [InlineData("B", 509_011_558_400)]
    public void Run_Size_CountsThePublishedPlansStrides(string size, long macs)
    {
        JsonElement network = CliRun.Of("info", "--size", size, "--json").Succeeded().Json;
        Assert.Equal(macs, network.GetProperty("convolutionMacs").GetInt64());
        JsonElement[] layers = [.. network.GetProperty("layers").EnumerateArray()];
        Assert.Equal(macs, layers.Sum(layer => layer.GetProperty("macs").GetInt64()));
        Assert.Equal(network.GetProperty("parameters").GetInt64(), layers.Sum(layer => layer.GetProperty("parameters").GetInt64()));
    }

    // Section 7: parameters of blocks and layers of STU-Net-B.
    [Theory]
    [InlineData("conv_blocks_context.0.0", 28_768, "32x128x128x128")]
    [InlineData("conv_blocks_context.5.0", 14_421_504, "512x8x8x4")]
    [InlineData("upsample_layers.1.conv", 131_328, "256x16x16x16")]
    [InlineData("conv_blocks_localization.0.0", 21_761_536, "512x8x8x8")]
    [InlineData("seg_outputs.4", 3_465, "105x128x128x128")]
    public void Run_SizeB_ListsBlocks(string block, long parameters, string shape)
    {
        JsonElement row = CliRun.Of("info", "--size", "b", "--json").Succeeded().Json.GetProperty("layers").EnumerateArray()
            .Single(layer => layer.GetProperty("layer").GetString() == block);
        Assert.Equal(parameters, row.GetProperty("parameters").GetInt64());
        Assert.Equal(shape, row.GetProperty("output").GetString());
    }

    [Fact]
    public void Run_ModelFolder_ShowsItsNetworkAndManifest()
    {
        string model = Path.Combine(RepositoryRoot.Path, "samples", "demo", "model");
        CliRun run = CliRun.Of("info", model, "--layers").Succeeded();
        Assert.Contains("classes 9, dims 8,16,32,64,128,128", run.Output);
        Assert.Contains("STUNetTrainer", run.Output);
        Assert.Contains("licence Apache-2.0", run.Output);
        Assert.Contains("conv_blocks_context.0.0.conv3 ", run.Output);
    }
}
