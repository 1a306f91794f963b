using System.Runtime.Intrinsics;

namespace STUNet.Kernels;

/// <summary>Copies of the channels of one voxel, too short to pay for a call of the runtime's copy.</summary>
internal static unsafe class ShortCopy
{
    /// <summary>Copies some floats.</summary>
    public static void Run(float* source, float* target, int count)
    {
        int i = 0;
        for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
            Vector256.Load(source + i).Store(target + i);
        for (; i < count; i++)
            target[i] = source[i];
    }
}
