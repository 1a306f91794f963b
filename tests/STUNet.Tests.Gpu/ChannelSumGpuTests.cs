using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>Channel sums of sources of 16 bits; those of float32 are in <see cref="GpuKernelTests"/>.</summary>
public sealed class ChannelSumGpuTests
{
    [Theory]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void Run_SourceOf16Bits_EqualsReferenceOnTheSameValues(DType type)
    {
        GpuDevice device = OpenCl.Device;
        using CpuDevice cpu = new();
        foreach (OpCase plain in new ChannelSumCases().Cases.Where(@case => !@case.IsBenchmark))
        {
            TensorConvolution sum = TensorConvolution.Of(plain, type);
            IKernel kernel = KernelHarness.KernelsFor(device, sum.Case).Single();
            string? wrong = sum.Check(KernelCheck.Expected(cpu, sum.Exact), KernelCheck.Compute(device, kernel, sum.Case));
            Assert.True(wrong is null, $"{plain.Name}: {wrong}");
        }
    }
}
