namespace STUNet.Kernels;

/// <summary>The logits of one voxel as whole vectors.</summary>
internal static unsafe class SegmentationLossRow
{
    /// <summary>Copies the logits, with -inf behind the last class so that padding counts as exp(-inf) = 0.</summary>
    /// <param name="source">The logits as they lie.</param>
    /// <param name="target">Room for whole vectors.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="pitch">The same, rounded up to whole vectors.</param>
    public static void Load<TIsa, V>(float* source, float* target, int classes, int pitch)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        for (int k = 0; k < pitch; k += TIsa.Lanes)
            TIsa.Store(target + k, TIsa.Load(source + k));
        for (int k = classes; k < pitch; k++)
            target[k] = float.NegativeInfinity;
    }
}
