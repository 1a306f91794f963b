using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Gpu;

/// <summary>
/// Every test case of every op on the OpenCL device, and on CUDA where there is a GPU, against the CPU's reference within the case's own tolerance. No
/// case is left out: the largest takes milliseconds.
/// </summary>
public sealed class GpuKernelTests
{
    public static IEnumerable<ITheoryDataRow> Ops => OpCatalog.CaseClasses.Select(cases => new TheoryDataRow<string>(cases.OpType.Name));

    [Theory]
    [MemberData(nameof(Ops))]
    public void Run_EveryCaseOnOpenCl_EqualsReferenceWithTheSameBitsTwice(string op) => Compare(OpenCl.Device, op);

    [Fact]
    public void Run_EveryCaseOnCuda_EqualsReferenceWithTheSameBitsTwice()
    {
        (GpuDevice? device, string absent) = OpenCl.TryOpen(GpuDevice.Cuda);
        Assert.SkipWhen(device is null, absent);
        using (device)
        {
            foreach (Type op in OpCatalog.OpTypes)
                Compare(device, op.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public void Run_Enqueued_AllocatesNothing(string op)
    {
        foreach ((IKernel kernel, OpCase @case) in OpCatalog.MiddleCases(OpenCl.Device, op).Where(pair => KeepsFloat32(pair.Kernel)))
        {
            using KernelHarness harness = new(OpenCl.Device, kernel, @case);
            for (int i = 0; i < 3; i++)
                harness.Run();
            Assert.Equal(0, AllocationProbe.BytesOf(harness.Run));
        }
    }

    [Fact]
    public void Table_EveryOpType_HasAKernel() =>
        Assert.All(OpCatalog.OpTypes, type => Assert.True(GpuKernelTable.KernelsOf(type).Count > 0, $"{type.Name} has no GPU kernel"));

    private static void Compare(GpuDevice device, string op)
    {
        using CpuDevice cpu = new();
        foreach (OpCase @case in OpCatalog.CasesOf(op))
        {
            // Rewrites fuse norms and layouts into a convolution only where a device can; the GPU kernels cannot yet.
            if (@case.Op is Conv3dOp conv && (conv.InputCount > conv.Sources + 2 || conv.StatisticsEpsilon is not null || conv.OutputLayout != Layout.NDHWC))
                continue;
            IKernel[] kernels = [.. KernelHarness.KernelsFor(device, @case).Where(KeepsFloat32)];
            Assert.True(kernels.Length > 0, $"{@case.Name}: no kernel of {device.Caps.Name} supports it");
            float[] expected = KernelCheck.Expected(cpu, @case);
            foreach (IKernel kernel in kernels)
            {
                float[] actual = KernelCheck.Compute(device, kernel, @case);
                double error = KernelCheck.MaxError(expected, actual);
                Assert.True(error <= @case.Tolerance, $"{@case.Name} {kernel.Name}: error {error:E3} > {@case.Tolerance:E3}");
                float[] again = KernelCheck.Compute(device, kernel, @case);
                Assert.True(MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(again.AsSpan())), $"{@case.Name} {kernel.Name}: second run");
            }
        }
    }

    // Those that round operands to TF32 have tests of their own.
    private static bool KeepsFloat32(IKernel kernel) => kernel.IsExact;
}
