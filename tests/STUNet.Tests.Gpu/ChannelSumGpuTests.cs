using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>Channel sums of sources of 16 bits; those of float32 are in <see cref="GpuKernelTests"/>.</summary>
public sealed class ChannelSumGpuTests
{
    [Theory]
    [InlineData(Precision.F16)]
    [InlineData(Precision.BF16)]
    public void Run_SourceOf16Bits_EqualsReferenceOnTheSameValues(Precision precision)
    {
        GpuDevice device = OpenCl.Device;
        using CpuDevice cpu = new();
        foreach (OpCase plain in new ChannelSumCases().Cases.Where(@case => !@case.IsBenchmark))
        {
            TensorConvolution sum = TensorConvolution.Of(plain, precision);
            IKernel kernel = KernelHarness.KernelsFor(device, sum.Case).Single();
            string? wrong = sum.Check(KernelCheck.Expected(cpu, sum.Exact), KernelCheck.Compute(device, kernel, sum.Case));
            Assert.True(wrong is null, $"{plain.Name}: {wrong}");
        }
    }
}
