using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>Every op whose activations may have 16 bits, every case, every kernel that supports it, on the OpenCL device against the reference on the same rounded operands.</summary>
public sealed class GpuHalfKernelTests
{
    public static IEnumerable<ITheoryDataRow> OpsAndTypes =>
        from cases in OpCatalog.CaseClasses
        where ActivationCase.Of(cases.Cases.First(), DType.F16) is not null
        from type in (DType[])[DType.F16, DType.BF16]
        select new TheoryDataRow<string, DType>(cases.OpType.Name, type);

    [Theory]
    [MemberData(nameof(OpsAndTypes))]
    public void Run_EveryCase_EqualsReferenceOnRoundedOperandsWithTheSameBitsTwice(string op, DType type) => Compare(op, type, _ => true);

    /// <summary>Float32 operands that tensor cores round: of a head with values that need no rounding.</summary>
    [Fact]
    public void Run_EveryHeadInTF32_EqualsReferenceOnRoundedOperandsWithTheSameBitsTwice() => Compare(nameof(HeadAccumulateOp), DType.F32, kernel => kernel.UsesTensorCores);

    private static void Compare(string op, DType type, Func<IKernel, bool> takes)
    {
        GpuDevice device = OpenCl.Device;
        using CpuDevice cpu = new();
        int compared = 0;
        foreach (OpCase plain in OpCatalog.CasesOf(op))
        {
            ActivationCase rounded = ActivationCase.Of(plain, type)!;
            float[] expected = KernelCheck.Expected(cpu, rounded.Exact);
            IKernel[] kernels = [.. KernelHarness.KernelsFor(device, rounded.Case).Where(takes)];
            Assert.True(kernels.Length > 0 || type == DType.F32, $"{plain.Name}: no kernel supports it with {type}");
            compared += kernels.Length;
            foreach (IKernel kernel in kernels)
            {
                float[] actual = KernelCheck.Compute(device, kernel, rounded.Case);
                string? wrong = rounded.Check(expected, actual);
                Assert.True(wrong is null, $"{plain.Name} {kernel.Name}: {wrong}");
                float[] again = KernelCheck.Compute(device, kernel, rounded.Case);
                Assert.True(MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(again.AsSpan())), $"{plain.Name} {kernel.Name}: second run");
            }
        }

        Assert.True(compared > 2, $"only {compared} comparisons");
    }

    [Theory]
    [InlineData(DType.F16, 1.00048828125f, 1)] // 1 + 2^-11: a tie, to even
    [InlineData(DType.F16, 65536, float.PositiveInfinity)]
    [InlineData(DType.BF16, 1.01171875f, 1.015625f)] // 1 + 3 * 2^-8: a tie, to even
    [InlineData(DType.BF16, 65536, 65536)]
    public void Fill_ValueOf16Bits_IsRoundedToEven(DType type, float value, float expected)
    {
        OpCase @case = new(new FillOp(value, new TensorDesc(new Shape(2, 17, 2, 3, 5), dtype: type)), []);
        float[] actual = KernelCheck.Compute(OpenCl.Device, KernelHarness.KernelsFor(OpenCl.Device, @case).Single(), @case);
        Assert.Equal(2 * 17 * 2 * 3 * 5, actual.Length);
        Assert.All(actual, element => Assert.Equal(expected, element));
    }

    [Fact]
    public void InferOutput_OperandsOfTwoElementTypes_IsRefusedByName()
    {
        TensorDesc half = new(new Shape(1, 4, 2, 2, 2), dtype: DType.F16);
        TensorDesc full = half with { DType = DType.F32 };
        TensorDesc statistics = new(new Shape(1, 4, 2, 1, 1));
        TensorDesc gamma = new(Shape.Channels(4));
        (Op Op, TensorDesc[] Inputs)[] mixed =
        [
            (new AddOp(), [half, full]), (new ConcatChannelsOp(), [half, full]), (new LeakyReluGradientOp(0.01f), [half, full]),
            (new InstanceNormApplyOp(HasResidual: true, 1), [half, statistics, gamma, gamma, full]), (new InstanceNormGradientSumsOp(), [half, statistics, full]),
            (new InstanceNormGradientOp(), [half, statistics, gamma, statistics, full]),
        ];
        foreach ((Op op, TensorDesc[] inputs) in mixed)
        {
            string message = Assert.Throws<ShapeException>(() => op.InferOutput(inputs)).Message;
            Assert.Contains("F16", message, StringComparison.Ordinal);
            Assert.Contains("F32", message, StringComparison.Ordinal);
        }
    }
}
