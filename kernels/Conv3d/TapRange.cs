namespace STUNet.Kernels;

/// <summary>Along one axis, the outputs whose tap lies inside of the source.</summary>
internal static class TapRange
{
    /// <summary>The outputs origin + i, i in [0, count), whose source (origin + i) * stride + shift lies in [0, size): first i, and the one after the last.</summary>
    public static (int First, int End) Of(int origin, int count, int stride, int shift, int size)
    {
        int first = (origin * stride) + shift;
        int skipped = first < 0 ? ((-first - 1) / stride) + 1 : 0;
        int last = size - 1 - first;
        return (skipped, last < 0 ? 0 : Math.Min(count, (last / stride) + 1));
    }
}
