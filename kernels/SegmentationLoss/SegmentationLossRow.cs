using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace STUNet.Kernels;

/// <summary>The logits of one voxel as whole vectors.</summary>
internal static unsafe class SegmentationLossRow
{
    // Lies in the program's image, so its address lasts.
    private static ReadOnlySpan<float> Lanes => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>Writes exp(x - max) for the classes of one voxel, 0 behind the last class, and returns 1 over their sum.</summary>
    /// <param name="source">The logits as they lie; those past the last class may be anything.</param>
    /// <param name="target">Room for whole vectors.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="pitch">Floats of a row, whole vectors.</param>
    /// <param name="max">The largest logit.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exponentials<TIsa, V>(float* source, float* target, int classes, int pitch, out float max)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        int vectors = (classes + TIsa.Lanes - 1) / TIsa.Lanes;
        int first = (vectors - 1) * TIsa.Lanes;
        V isClass = TIsa.Greater(TIsa.Broadcast(classes - first), TIsa.Load((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Lanes))));
        V last = TIsa.Select(isClass, TIsa.Load(source + first), TIsa.Broadcast(float.NegativeInfinity));
        // Channels are padded for the widest vectors: narrower ones may be padding as a whole.
        for (int k = vectors * TIsa.Lanes; k < pitch; k += TIsa.Lanes)
            TIsa.Store(target + k, TIsa.Broadcast(0));
        return SoftmaxRow.ExponentialsOfWhole<TIsa, V>(source, last, target, vectors, out max);
    }
}
