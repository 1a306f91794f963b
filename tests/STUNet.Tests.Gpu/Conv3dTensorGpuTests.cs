using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>
/// The convolution by tiles, tensor cores' instructions emulated on OpenCL, against the reference on the same rounded operands. Tiles are tested with F16 in full; the
/// element types differ by one structure of instructions, so for BF16 and TF32 one tile of each way to load does (compiling a tile takes PoCL seconds), and for F32, whose products have another, both sizes of a warp's part.
/// </summary>
public sealed class Conv3dTensorGpuTests
{
    /// <summary>Tiles that add up the weights of taps which read one voxel; their products are those of the others.</summary>
    public static IEnumerable<ITheoryDataRow> OtherUpsampledTiles => Conv3dTensorGpuKernels.All.Select(kernel => kernel.Name)
        .Where(name => IsUpsampled(name) && !name.EndsWith("F16_64x64", StringComparison.Ordinal) && !name.EndsWith("TileF32_64x64", StringComparison.Ordinal)).Select(name => new TheoryDataRow<string>(name));

    public static IEnumerable<ITheoryDataRow> OtherTiles => TensorKernels.OthersOf(Conv3dTensorGpuKernels.All);

    private static readonly (int Rows, int Columns)[] Tiles = [(128, 128), (128, 64), (128, 32), (64, 64)];

    public static IEnumerable<ITheoryDataRow> Kernels => Conv3dTensorGpuKernels.All.Select(kernel => kernel.Name)
        .Where(name => (name.Contains("TensorF16", StringComparison.Ordinal) && !IsUpsampled(name)) || name is
            "ForwardTensorBF16_64x64" or "ForwardTensorTF32_64x64" or "ForwardGatherTensorBF16_128x32" or "ForwardGatherTensorTF32_128x32"
            or "ForwardTileF32_128x64" or "ForwardTileF32_64x64" or "ForwardGatherTileF32_128x32" or "ForwardUpsampledTensorF16_64x64" or "ForwardUpsampledTileF32_64x64"
            or "ForwardHaloTileF32_128x64" or "ForwardHaloNarrowTileF32_128x32")
        .Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Run_EveryCase_EqualsReferenceOnRoundedOperandsWithTheSameBitsTwice(string name) =>
        TensorKernels.Compare(
            Conv3dTensorGpuKernels.All.Single(kernel => kernel.Name == name), TensorConvolutionCases.All.Where(plain => TensorKernels.RunsUpsampled(name) || !TensorKernels.IsUpsampled(plain)));

    [Theory]
    [MemberData(nameof(OtherTiles))]
    public void Run_UpsampledCasesOnOtherTiles_EqualsReference(string name)
    {
        LongTests.Require("bodies for upsampled sources of the tiles but 64x64, a minute of PoCL's compiler");
        TensorKernels.Compare(Conv3dTensorGpuKernels.All.Single(kernel => kernel.Name == name), TensorConvolutionCases.All.Where(TensorKernels.IsUpsampled));
    }

    [Theory]
    [MemberData(nameof(OtherUpsampledTiles))]
    public void Run_EveryCaseOfSharedVoxelsOnOtherTiles_EqualsReference(string name)
    {
        LongTests.Require("the tiles of shared voxels but 64x64, minutes of PoCL's compiler");
        TensorKernels.Compare(Conv3dTensorGpuKernels.All.Single(kernel => kernel.Name == name), TensorConvolutionCases.All);
    }

    [Theory]
    [InlineData("ForwardHaloTensorF16_128x32")]
    [InlineData("ForwardHaloTileF32_128x32")]
    public void Run_ManyVoxelsByBoxes_EqualsReference(string name)
    {
        LongTests.Require("a volume of many boxes, seconds of emulation");
        TensorKernels.Compare(Conv3dTensorGpuKernels.All.Single(kernel => kernel.Name == name), [TensorConvolutionCases.ManyVoxels], least: 1);
    }

    /// <summary>The order of every sum follows from the shapes, whichever tile is taken: so a tile may be chosen by the clock, and no bit changes.</summary>
    [Theory]
    [InlineData("ForwardTensorF16_")]
    [InlineData("ForwardGatherTensorF16_")]
    [InlineData("ForwardTileF32_")]
    [InlineData("ForwardHaloTensorF16_")]
    public void Run_EveryTile_GivesTheSameBits(string way) =>
        TensorKernels.CompareTiles(
            Conv3dTensorGpuKernels.All.Where(kernel => kernel.Name.StartsWith(way, StringComparison.Ordinal)),
            TensorConvolutionCases.All.Where(plain => TensorKernels.RunsUpsampled(way) || !TensorKernels.IsUpsampled(plain)));

    [Fact]
    public void Run_SharedVoxelsOnEveryTile_GiveTheSameBits()
    {
        LongTests.Require("tiles of shared voxels, a minute of PoCL's compiler");
        TensorKernels.CompareTiles(Conv3dTensorGpuKernels.All.Where(kernel => kernel.Name.StartsWith("ForwardUpsampledTensorF16_", StringComparison.Ordinal)), TensorConvolutionCases.All);
    }

    [Fact]
    public void Run_UpsampledCasesOnEveryTile_GiveTheSameBits()
    {
        LongTests.Require("bodies for upsampled sources of every tile, a minute of PoCL's compiler");
        TensorKernels.CompareTiles(Conv3dTensorGpuKernels.All.Where(kernel => kernel.Name.StartsWith("ForwardTensorF16_", StringComparison.Ordinal)), TensorConvolutionCases.All.Where(TensorKernels.IsUpsampled));
    }

    /// <summary>At sizes that no emulation can run: every tile splits a sum alike.</summary>
    [Fact]
    public void Tiling_EveryTile_SplitsSumsAlike()
    {
        HashSet<int> seen = [];
        foreach (int voxels in (int[])[8, 65, 256, 640, 1088, 4096, 100_000])
        {
            foreach (int channels in (int[])[16, 32, 40, 64, 130, 256, 1536])
            {
                foreach (int steps in (int[])[1, 27, 81, 216, 1296])
                {
                    Shape output = new(2, channels, new Int3(1, 1, voxels));
                    (int Parts, int Steps)[] splits = [.. Tiles
                        .Select(tile => Conv3dTensorTiling.Of(output, steps, tile.Rows, tile.Columns, isGathered: false))
                        .Select(tiling => (tiling.Parts, tiling.StepsOfPart)).Distinct()];
                    Assert.True(splits.Length == 1, $"{output}, {steps} steps: {string.Join(", ", splits)}");
                    Assert.True((splits[0].Parts - 1) * splits[0].Steps < steps && splits[0].Parts * splits[0].Steps >= steps, $"{output}: {splits[0]} of {steps} steps");
                    seen.Add(splits[0].Parts);
                }
            }
        }

        Assert.True(seen.Count > 5, "hardly anything was split");
    }

    private static bool IsUpsampled(string name) => name.Contains("Upsampled", StringComparison.Ordinal);

    [Fact]
    public void Supports_EveryCase_OneWayToLoadTakesIt() => TensorKernels.CheckOneWayToLoad(Conv3dTensorGpuKernels.All, TensorConvolutionCases.All);
}
