using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.TestKit.Ops;

namespace STUNet.Benchmarks.Gpu;

/// <summary>One kernel on one case.</summary>
/// <param name="Family">What it is counted with.</param>
/// <param name="Kernel">The kernel.</param>
/// <param name="Case">As the kernel gets it.</param>
/// <param name="Exact">As the reference gets it: float32, with the same values.</param>
/// <param name="Judge">For operands of few bits: from the reference's result and the kernel's to what is wrong, if anything. Null for float32, which the case's own tolerance judges.</param>
internal sealed record OpCheck(string Family, IKernel Kernel, OpCase Case, OpCase Exact, Func<float[], float[], string?>? Judge)
{
    /// <summary>Computes twice and compares.</summary>
    /// <param name="device">The GPU.</param>
    /// <param name="reference">A processor, for the plain reference.</param>
    /// <returns>The error as a share of what is allowed (1 or infinity where only "allowed or not" is known), and what is wrong, if anything.</returns>
    public (double Share, string? Failure) Run(GpuDevice device, CpuDevice reference)
    {
        try
        {
            float[] expected = KernelCheck.Expected(reference, Exact);
            float[] actual = KernelCheck.Compute(device, Kernel, Case);
            float[] again = KernelCheck.Compute(device, Kernel, Case);
            string? wrong = Wrong(expected, actual, out double share);
            if (wrong is null && !MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(again.AsSpan())))
                wrong = "the second run gave other bits";
            return (share, wrong is null ? null : $"{Case.Name} {Kernel.Name}: {wrong}");
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return (double.PositiveInfinity, $"{Case.Name} {Kernel.Name}: {failure.Message}");
        }
    }

    private string? Wrong(float[] expected, float[] actual, out double share)
    {
        double error = KernelCheck.MaxError(expected, actual);
        if (Judge is not null)
        {
            string? wrong = Judge(expected, actual);
            share = wrong is null ? error / Math.Max(Limit(expected), double.Epsilon) : double.PositiveInfinity;
            return wrong;
        }

        share = error == 0 ? 0 : error / Case.Tolerance;
        return error <= Case.Tolerance ? null : $"error {error:E3} > {Case.Tolerance:E3}";
    }

    // The limit of the largest output: what the judges allow there.
    private double Limit(float[] expected)
    {
        double largest = expected.Length == 0 ? 0 : expected.Max(value => Math.Abs((double)value));
        DType output = Case.Op.HasSideEffect ? DType.F32 : Case.Op.InferOutput([.. Case.Inputs]).DType;
        return Case.Tolerance + ElementRounding.HalfUnit(largest, output);
    }
}
