using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Kernels.Gpu;

/// <summary>
/// The convolution on tensor cores, its instructions emulated on OpenCL, against the reference on the same rounded operands. Tiles are tested with F16 in full; the
/// element types differ by one structure of instructions, so for BF16 and TF32 one tile of each way to load does (compiling a tile takes PoCL seconds).
/// </summary>
public sealed class Conv3dTensorGpuTests
{
    public static IEnumerable<ITheoryDataRow> Kernels => Conv3dTensorGpuKernels.All.Select(kernel => kernel.Name)
        .Where(name => name.Contains("TensorF16", StringComparison.Ordinal) || name is
            "ForwardTensorBF16_64x64" or "ForwardTensorTF32_64x64" or "ForwardGatherTensorBF16_128x32" or "ForwardGatherTensorTF32_128x32")
        .Select(name => new TheoryDataRow<string>(name));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Run_EveryCase_EqualsReferenceOnRoundedOperandsWithTheSameBitsTwice(string name)
    {
        GpuDevice device = OpenCl.Device;
        using CpuDevice cpu = new();
        IKernel kernel = Conv3dTensorGpuKernels.All.Single(candidate => candidate.Name == name);
        int cases = 0;
        foreach (OpCase plain in TensorConvolutionCases.All)
        {
            TensorConvolution convolution = TensorConvolution.Of(plain, TypeOf(name));
            if (!kernel.Supports(plain.Op, KernelHarness.OperandsOf(device, convolution.Case), device.Caps))
                continue;
            cases++;
            float[] actual = KernelCheck.Compute(device, kernel, convolution.Case);
            string? wrong = convolution.Check(KernelCheck.Expected(cpu, convolution.Exact), actual);
            Assert.True(wrong is null, $"{plain.Name}: {wrong}");
            float[] again = KernelCheck.Compute(device, kernel, convolution.Case);
            Assert.True(MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(again.AsSpan())), $"{plain.Name}: second run");
        }

        Assert.True(cases > 5, $"only {cases} cases");
    }

    [Fact]
    public void Supports_EveryCase_OneWayToLoadTakesIt()
    {
        using CpuDevice cpu = new();
        DeviceCaps caps = new("test", SimdLevel.Portable, ChannelAlignment: 8);
        foreach (OpCase plain in TensorConvolutionCases.All)
        {
            OpCase half = TensorConvolution.Of(plain, DType.F16).Case;
            TensorDesc[] operands = [.. half.Inputs, .. Made(half)];
            operands = [.. operands.Select(desc => Padded(desc))];
            bool[] gathers = [.. Conv3dTensorGpuKernels.All.Where(kernel => kernel.Supports(half.Op, operands, caps)).Select(kernel => kernel.Name.Contains("Gather", StringComparison.Ordinal)).Distinct()];
            Assert.True(gathers.Length == 1, plain.Name);
        }

        static TensorDesc Padded(TensorDesc desc) => desc.Layout != Layout.NDHWC || desc.Shape.C < 4
            ? desc : desc with { ChannelPitch = desc.Shape.C <= 4 ? 4 : (desc.Shape.C + 7) / 8 * 8 };

        static IEnumerable<TensorDesc> Made(OpCase half) => ((TensorDesc?[])[half.Op.InferSideOutput([.. half.Inputs]), half.Op.InferOutput([.. half.Inputs])]).OfType<TensorDesc>();
    }

    private static DType TypeOf(string name) => name.Contains("BF16", StringComparison.Ordinal) ? DType.BF16 : name.Contains("F16", StringComparison.Ordinal) ? DType.F16 : DType.F32;
}
