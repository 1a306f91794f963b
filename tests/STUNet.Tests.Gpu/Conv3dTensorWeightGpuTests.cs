using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>
/// The weight gradient by tiles, tensor cores' instructions emulated on OpenCL, against the reference on the same rounded operands: every tile once, with one element type or the
/// other (compiling a tile takes PoCL seconds).
/// </summary>
public sealed class Conv3dTensorWeightGpuTests
{
    public static IEnumerable<ITheoryDataRow> OtherTiles => TensorKernels.OthersOf(Conv3dTensorWeightGpuKernels.All);

    [Theory]
    [InlineData("WeightGradientTensorF16_128x128")]
    [InlineData("WeightGradientTensorBF16_128x64")]
    [InlineData("WeightGradientTensorF16_128x32")]
    [InlineData("WeightGradientTensorBF16_64x64")]
    [InlineData("WeightGradientTensorTF32_64x64")]
    [InlineData("WeightGradientGatherTensorF16_128x32")]
    [InlineData("WeightGradientGatherTensorBF16_64x64")]
    [InlineData("WeightGradientGatherTensorTF32_128x32")]
    [InlineData("WeightGradientTileF32_128x64")]
    [InlineData("WeightGradientTileF32_64x64")]
    [InlineData("WeightGradientGatherTileF32_128x32")]
    public void Run_EveryCase_EqualsReferenceOnRoundedOperandsWithTheSameBitsTwice(string name) =>
        TensorKernels.Compare(
            Conv3dTensorWeightGpuKernels.All.Single(kernel => kernel.Name == name), TensorWeightGradientCases.All.Where(plain => TensorKernels.RunsUpsampled(name) || !TensorKernels.IsUpsampled(plain)));

    [Theory]
    [MemberData(nameof(OtherTiles))]
    public void Run_UpsampledCasesOnOtherTiles_EqualsReference(string name)
    {
        LongTests.Require("bodies for upsampled sources of the tiles but 64x64, a minute of PoCL's compiler");
        TensorKernels.Compare(Conv3dTensorWeightGpuKernels.All.Single(kernel => kernel.Name == name), TensorWeightGradientCases.All.Where(TensorKernels.IsUpsampled));
    }

    /// <summary>Copying tiles and gathering ones.</summary>
    [Theory]
    [InlineData("WeightGradientTensorF16_")]
    [InlineData("WeightGradientGatherTensorF16_")]
    public void Run_EveryTile_GivesTheSameBits(string way) =>
        TensorKernels.CompareTiles(
            Conv3dTensorWeightGpuKernels.All.Where(kernel => kernel.Name.StartsWith(way, StringComparison.Ordinal)),
            TensorWeightGradientCases.All.Where(plain => TensorKernels.RunsUpsampled(way) || !TensorKernels.IsUpsampled(plain)));

    [Fact]
    public void Run_UpsampledCasesOnEveryTile_GiveTheSameBits()
    {
        LongTests.Require("bodies for upsampled sources of every tile, a minute of PoCL's compiler");
        TensorKernels.CompareTiles(Conv3dTensorWeightGpuKernels.All.Where(kernel => kernel.Name.StartsWith("WeightGradientTensorF16_", StringComparison.Ordinal)), TensorWeightGradientCases.All.Where(TensorKernels.IsUpsampled));
    }

    /// <summary>Elements of 32 bits lie in shared memory, and come from there, in another way: its tiles beside the one that every run compares with the reference.</summary>
    [Theory]
    [InlineData("WeightGradientTensorTF32_")]
    [InlineData("WeightGradientGatherTensorTF32_")]
    [InlineData("WeightGradientTileF32_")]
    [InlineData("WeightGradientGatherTileF32_")]
    public void Run_EveryTileOf32Bits_GivesTheSameBits(string way)
    {
        LongTests.Require("every tile of 32 bits, half a minute of PoCL's compiler");
        TensorKernels.CompareTiles(Conv3dTensorWeightGpuKernels.All.Where(kernel => kernel.Name.StartsWith(way, StringComparison.Ordinal)), TensorWeightGradientCases.All);
    }

    /// <summary>At sizes that no emulation can run: every tile splits a sum alike.</summary>
    [Fact]
    public void Tiling_EveryTile_SplitsSumsAlike()
    {
        (int Rows, int Columns)[] tiles = [(128, 128), (128, 64), (128, 32), (64, 64)];
        HashSet<int> seen = [];
        foreach ((int voxels, int bytes) in ((int, int)[])[(8, 2), (1024, 2), (4096, 2), (65536, 2), (4_194_304, 2), (8, 4), (1024, 4), (65536, 4), (4_194_304, 4)])
        {
            foreach (int channels in (int[])[16, 32, 64, 130, 256, 512])
            {
                (int Parts, int Steps)[] splits = [.. tiles
                    .Select(tile => Conv3dTensorWeightTiling.Of(27 * channels, channels, voxels, bytes, tile.Rows, tile.Columns, isGathered: false))
                    .Select(tiling => (tiling.Parts, tiling.StepsOfPart)).Distinct()];
                Assert.True(splits.Length == 1, $"{channels} channels, {voxels} voxels: {string.Join(", ", splits)}");
                seen.Add(splits[0].Parts);
            }
        }

        Assert.True(seen.Count > 5, "hardly anything was split");
    }

    [Fact]
    public void Supports_EveryCase_OneWayToLoadTakesIt() => TensorKernels.CheckOneWayToLoad(Conv3dTensorWeightGpuKernels.All, TensorWeightGradientCases.All);

    /// <summary>
    /// The first layer of a patch of 128 x 128 x 128, batch 2: 131 072 steps, which no part may have more of than 2048; and a deep layer, whose tiles fill the
    /// multiprocessors by themselves.
    /// </summary>
    [Fact]
    public void Of_ManyVoxelsOrManyChannels_SplitsByTheShapeAlone()
    {
        Conv3dTensorWeightTiling first = Conv3dTensorWeightTiling.Of(27, 32, 2L * 128 * 128 * 128, 2, 128, 32, isGathered: true);
        Assert.Equal(131072, first.Steps);
        Assert.InRange(first.StepsOfPart, 1, 2048);
        Assert.Equal((first.Steps + first.StepsOfPart - 1) / first.StepsOfPart, first.Parts);
        Conv3dTensorWeightTiling wide = Conv3dTensorWeightTiling.Of(27, 32, 2L * 128 * 128 * 128, 4, 128, 32, isGathered: true);
        Assert.Equal((2 * first.Steps, first.Parts), (wide.Steps, wide.Parts));
        Conv3dTensorWeightTiling deep = Conv3dTensorWeightTiling.Of(27 * 512, 512, 2L * 4 * 4 * 4, 2, 128, 128, isGathered: false);
        Assert.Equal((108, 4, 4, 1), (deep.RowTiles, deep.ColumnTiles, deep.Steps, deep.Parts));
    }
}
