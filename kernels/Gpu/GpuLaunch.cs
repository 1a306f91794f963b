using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The usual launch: groups of one size, one thread per result.</summary>
internal static class GpuLaunch
{
    private const int GroupSize = 128;

    // Room for threads beyond the last result, and for loops that step past the last element.
    private const int Margin = 1 << 16;

    /// <summary>One thread for each of a number of results; the kernel body ignores threads beyond it.</summary>
    /// <exception cref="InvalidRequestException">The kernels number their threads with 32 bits.</exception>
    public static KernelConfig OneThreadPer(long results)
    {
        Require32Bits(results);
        return new KernelConfig((int)Math.Max(1, (results + GroupSize - 1) / GroupSize), GroupSize);
    }

    /// <summary>Checks that a number of elements can be counted by a kernel.</summary>
    /// <exception cref="InvalidRequestException">The kernels count with 32 bits.</exception>
    public static void Require32Bits(long elements)
    {
        if (elements > int.MaxValue - Margin)
            throw new InvalidRequestException($"A tensor of {elements} elements is too large for the GPU kernels (2^31); use a smaller patch, or --device cpu.");
    }

    /// <summary>The refresh of a kernel that takes nothing from the run.</summary>
    public static void KeepArguments<TArguments>(ref TArguments arguments, in RunArguments run)
    {
    }
}
