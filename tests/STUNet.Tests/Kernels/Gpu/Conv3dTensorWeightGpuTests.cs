using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Kernels.Gpu;

/// <summary>The weight gradient on tensor cores, its instructions emulated on OpenCL, against the reference on the same rounded operands.</summary>
public sealed class Conv3dTensorWeightGpuTests
{
    public static IEnumerable<ITheoryDataRow> Kernels => Conv3dTensorWeightGpuKernels.All.Select(kernel => kernel.Name)
        .Where(name => name.Contains("TensorF16", StringComparison.Ordinal) || name is "WeightGradientTensorBF16_64x64" or "WeightGradientGatherTensorBF16_128x32")
        .Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Run_EveryCase_EqualsReferenceOnRoundedOperandsWithTheSameBitsTwice(string name) =>
        TensorKernels.Compare(Conv3dTensorWeightGpuKernels.All.Single(kernel => kernel.Name == name), TensorWeightGradientCases.All);

    [Fact]
    public void Supports_EveryCase_OneWayToLoadTakesIt() => TensorKernels.CheckOneWayToLoad(Conv3dTensorWeightGpuKernels.All, TensorWeightGradientCases.All);

    /// <summary>
    /// The first layer of a patch of 128 x 128 x 128, batch 2: 131 072 steps, which no part may have more of than 2048; and a deep layer, whose tiles fill the
    /// multiprocessors by themselves.
    /// </summary>
    [Fact]
    public void Of_ManyVoxelsOrManyChannels_SplitsByTheShapeAlone()
    {
        Conv3dTensorWeightTiling first = Conv3dTensorWeightTiling.Of(27, 32, 2L * 128 * 128 * 128, 128, 32, isGathered: true);
        Assert.Equal(131072, first.Steps);
        Assert.InRange(first.StepsOfPart, 1, 2048);
        Assert.Equal((first.Steps + first.StepsOfPart - 1) / first.StepsOfPart, first.Parts);
        Conv3dTensorWeightTiling deep = Conv3dTensorWeightTiling.Of(27 * 512, 512, 2L * 4 * 4 * 4, 128, 128, isGathered: false);
        Assert.Equal((108, 4, 4, 1), (deep.RowTiles, deep.ColumnTiles, deep.Steps, deep.Parts));
    }
}
