using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Transforms weights in the course of a run, for layers whose transformed weights would take too much memory: slab[point][ic][lane] = G w along x, y, z
/// of [block of output channels][ic][tap][lane], in single precision.
/// </summary>
internal sealed unsafe class WinogradWeights<TIsa, V>(Conv3dWinogradTiling tiling, TensorView weight)
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    /// <summary>Elements of a worker's scratch: two stages of one vector of output channels.</summary>
    public static int ScratchElements => ((3 * 3 * WinogradFilter.MaxPoints) + (3 * WinogradFilter.MaxPoints * WinogradFilter.MaxPoints)) * TIsa.Lanes;

    /// <summary>Transforms a slab.</summary>
    /// <param name="oc">First output channel of the block.</param>
    /// <param name="lanes">Lanes of the block.</param>
    /// <param name="firstIc">First input channel.</param>
    /// <param name="channels">Input channels.</param>
    /// <param name="slab">Where to store.</param>
    /// <param name="scratch">Scratch of <see cref="ScratchElements"/>.</param>
    public void Transform(int oc, int lanes, int firstIc, int channels, float* slab, float* scratch)
    {
        Int3 kernel = tiling.Op.Kernel;
        int taps = (int)kernel.Product;
        nint pointStride = tiling.SlabPointStride;
        float* source = weight.Floats + ((long)oc * taps * tiling.InputChannels) + ((long)firstIc * taps * lanes);
        for (int ic = 0; ic < channels; ic++, source += taps * lanes)
        {
            for (int lane = 0; lane < lanes; lane += TIsa.Lanes)
                TransformVector(source + lane, lanes, slab + (ic * lanes) + lane, pointStride, scratch);
        }
    }

    private void TransformVector(float* source, int lanes, float* target, nint pointStride, float* scratch)
    {
        Int3 kernel = tiling.Op.Kernel;
        Int3 points = tiling.Points;
        int v = TIsa.Lanes;
        // [tap z][tap y][point x], then [tap z][point y][point x].
        float* alongX = scratch;
        float* alongY = scratch + (kernel.D * kernel.H * points.W * v);
        int line = points.W * v;
        WinogradLines<TIsa, V>.Weights(tiling.Tile.W, kernel.D * kernel.H, source, kernel.W * lanes, lanes, alongX, line, v);
        for (int d = 0; d < kernel.D; d++)
        {
            WinogradLines<TIsa, V>.Weights(
                tiling.Tile.H, points.W, alongX + (d * kernel.H * line), v, line, alongY + (d * points.H * line), v, line);
        }

        WinogradLines<TIsa, V>.Weights(
            tiling.Tile.D, points.H * points.W, alongY, v, points.H * line, target, pointStride, points.H * points.W * pointStride);
    }
}
