using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Predicted time of the plain kernels beside that of tiles.</summary>
internal static class Conv3dGpuCost
{
    // Products of a step of float32, in which tiles count (Conv3dTensorTiling).
    private const int ProductsOfStep = 16;

    // A thread loads 20 bytes, from the first-level cache at best, for 4 products, and knows its place by divisions; a tile's threads load 16 bytes of shared memory for 16. A guess, to be measured on a card.
    private const double Slowness = 8;

    /// <summary>The time, in the unit of <see cref="Conv3dTensorTiling.Cost"/>.</summary>
    /// <param name="output">The convolution's output, or the gradient of it.</param>
    /// <param name="weight">Its weight (OC, IC, KD, KH, KW).</param>
    public static double Of(Shape output, Shape weight) =>
        (double)output.N * output.Voxels * weight.Count / ProductsOfStep / Conv3dTensorTiling.Multiprocessors * Slowness;
}
