using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.TestKit;
using STUNet.TestKit.Ops;

namespace STUNet.Tests.Kernels;

/// <summary>Every case of every op: every kernel that supports it, at every vector level, against the reference, which comes last of a device's kernels.</summary>
public sealed class KernelTests
{
    public static IEnumerable<ITheoryDataRow> OpsAndLevels =>
        from cases in OpCatalog.CaseClasses
        from level in Enum.GetValues<SimdLevel>()
        select new TheoryDataRow<string, SimdLevel>(cases.OpType.Name, level);

    public static TheoryData<string> Ops => [.. OpCatalog.CaseClasses.Select(cases => cases.OpType.Name)];

    [Theory]
    [MemberData(nameof(OpsAndLevels))]
    public void Run_EveryCaseAndWorkerCount_EqualsReferenceWithTheSameBits(string op, SimdLevel level)
    {
        using CpuDevice one = new(1, level);
        using CpuDevice two = new(2, level);
        using CpuDevice three = new(3, level);
        Assert.SkipWhen(one.Caps.Simd != level, $"this processor has no {level}");
        foreach (OpCase @case in OpCatalog.CasesOf(op))
        {
            float[] expected = ReferenceResults.Of(@case);
            foreach (IKernel kernel in KernelHarness.KernelsFor(one, @case).SkipLast(1))
            {
                float[] actual = KernelCheck.Compute(one, kernel, @case);
                double error = KernelCheck.MaxError(expected, actual);
                double tolerance = @case.ToleranceOf(kernel);
                Assert.True(error <= tolerance, $"{@case.Name} {kernel.Name}: error {error:E3} > {tolerance:E3}");
                AssertSameBits(actual, KernelCheck.Compute(two, kernel, @case), $"{@case.Name} {kernel.Name}: 2 workers");
                AssertSameBits(actual, KernelCheck.Compute(three, kernel, @case), $"{@case.Name} {kernel.Name}: 3 workers");
                if (kernel.InPlaceInput >= 0)
                    AssertSameBits(actual, KernelCheck.Compute(two, kernel, @case, isInPlace: true), $"{@case.Name} {kernel.Name}: in place");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public void Run_Reference_GivesTheSameBitsWithOtherWorkers(string op)
    {
        using CpuDevice two = new(2);
        using CpuDevice three = new(3);
        foreach (OpCase @case in OpCatalog.CasesOf(op))
        {
            AssertSameBits(ReferenceResults.Of(@case), KernelCheck.Expected(two, @case), $"{@case.Name}: 2 workers");
            AssertSameBits(ReferenceResults.Of(@case), KernelCheck.Expected(three, @case), $"{@case.Name}: 3 workers");
        }
    }

    [Theory]
    [MemberData(nameof(OpsAndLevels))]
    public void Run_EveryKernel_AllocatesNothing(string op, SimdLevel level)
    {
        using CpuDevice device = new(2, level);
        Assert.SkipWhen(device.Caps.Simd != level, $"this processor has no {level}");
        foreach ((IKernel kernel, OpCase @case) in OpCatalog.MiddleCases(device, op))
        {
            // The same at every level, and slow.
            if (level != SimdLevel.Portable && KernelHarness.IsReference(kernel))
                continue;
            using KernelHarness harness = new(device, kernel, @case);
            harness.Run();
            Assert.Equal(0, AllocationProbe.BytesOf(harness.Run));
        }
    }

    // The other tests leave the last kernel out: at every level it must be the reference, or a kernel would go untested.
    [Theory]
    [InlineData(SimdLevel.Portable)]
    [InlineData(SimdLevel.Avx2)]
    [InlineData(SimdLevel.Avx512)]
    public void Catalog_EveryOpType_HasCasesAndAReferenceThatSupportsThem(SimdLevel level)
    {
        using CpuDevice device = new(1, level);
        foreach (Type type in OpCatalog.OpTypes)
        {
            OpCase[] cases = [.. OpCatalog.CasesOf(type.Name)];
            Assert.True(cases.Length > 0, $"{type.Name} has no cases");
            foreach (OpCase @case in cases)
            {
                IKernel last = device.KernelsFor(@case.Op)[^1];
                Assert.EndsWith("Reference", last.Name, StringComparison.Ordinal);
                Assert.Same(last, KernelHarness.KernelsFor(device, @case).Last());
            }
        }
    }

    private static void AssertSameBits(float[] one, float[] other, string what) =>
        Assert.True(MemoryMarshal.AsBytes(one.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(other.AsSpan())), what);
}
