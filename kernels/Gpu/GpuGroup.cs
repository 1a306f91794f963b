using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>What the threads of one group do together.</summary>
internal static class GpuGroup
{
    /// <summary>The sum of the values of some threads of the group, added in their order: first, first + stride, ... Every thread of the group must call it.</summary>
    /// <param name="shared">One element per thread of the group.</param>
    /// <param name="value">This thread's value.</param>
    /// <param name="first">First thread of this thread's sum.</param>
    /// <param name="stride">From one thread of it to the next.</param>
    /// <param name="count">Threads of it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(ArrayView<float> shared, float value, int first, int stride, int count)
    {
        shared[Group.IdxX] = value;
        Group.Barrier();
        float sum = 0;
        for (int i = 0; i < count; i++)
            sum += shared[first + (i * stride)];
        Group.Barrier();
        return sum;
    }
}
