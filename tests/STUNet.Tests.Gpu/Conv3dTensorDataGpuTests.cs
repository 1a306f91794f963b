using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>
/// The data gradient by tiles, tensor cores' instructions emulated on OpenCL, against the reference on the same rounded operands: every tile once, every element type once (compiling a
/// tile takes PoCL seconds).
/// </summary>
public sealed class Conv3dTensorDataGpuTests
{
    [Theory]
    [InlineData("DataGradientTensorF16_128x128")]
    [InlineData("DataGradientTensorF16_128x64")]
    [InlineData("DataGradientTensorF16_128x32")]
    [InlineData("DataGradientTensorTF32_64x64")]
    [InlineData("DataGradientGatherTensorBF16_128x32")]
    [InlineData("DataGradientTileF32_128x64")]
    [InlineData("DataGradientGatherTileF32_128x32")]
    public void Run_EveryCase_EqualsReferenceOnRoundedOperandsWithTheSameBitsTwice(string name)
    {
        if (name.EndsWith("128x128", StringComparison.Ordinal))
            LongTests.Require("a minute of PoCL's compiler");
        TensorKernels.Compare(Conv3dTensorDataGpuKernels.All.Single(kernel => kernel.Name == name), TensorDataGradientCases.All);
    }

    /// <summary>Without the 128x128 tile but in long tests.</summary>
    [Fact]
    public void Run_EveryTile_GivesTheSameBits() => TensorKernels.CompareTiles(
        Conv3dTensorDataGpuKernels.All.Where(kernel => kernel.Name.StartsWith("DataGradientTensorF16_", StringComparison.Ordinal)
            && (LongTests.Enabled || !kernel.Name.EndsWith("128x128", StringComparison.Ordinal))),
        TensorDataGradientCases.All);

    [Fact]
    public void Supports_EveryCase_OneWayToLoadTakesIt() => TensorKernels.CheckOneWayToLoad(Conv3dTensorDataGpuKernels.All, TensorDataGradientCases.All);

    /// <summary>Phases of the kernel's taps, found by trying every one: <see cref="DataGradientPhases"/>.</summary>
    [Fact]
    public void Of_EveryPhase_HasTheTapsThatReachIt()
    {
        foreach (Int3 kernel in (Int3[])[Int3.One, new(3, 3, 3), new(1, 3, 5), new(7, 1, 3)])
        {
            foreach (Int3 stride in (Int3[])[Int3.One, new(2, 2, 2), new(1, 2, 2), new(2, 1, 1)])
            {
                DataGradientPhases expected = new(kernel, stride);
                for (int number = 0; number < expected.Count; number++)
                {
                    Conv3dTensorPhase phase = Conv3dTensorPhase.Of(GpuInt3.From(kernel), GpuInt3.From(stride), number);
                    Assert.Equal(expected.FirstTap(number + 1) - expected.FirstTap(number), phase.Count);
                    DataGradientPhases.Tap[] taps = [.. Enumerable.Range(0, phase.Count).Select(tap => TapOf(phase, kernel, stride, tap))];
                    Assert.Equal(expected.Taps.Skip(expected.FirstTap(number)).Take(phase.Count).OrderBy(tap => tap.Index), taps.OrderBy(tap => tap.Index));
                }
            }
        }

        static DataGradientPhases.Tap TapOf(Conv3dTensorPhase phase, Int3 kernel, Int3 stride, int tap)
        {
            GpuInt3 offset = phase.Taps.PositionOf(tap);
            return new(
                phase.TapAt(GpuInt3.From(kernel), GpuInt3.From(stride), tap),
                new Int3(phase.Begin.D + offset.D, phase.Begin.H + offset.H, phase.Begin.W + offset.W));
        }
    }
}
