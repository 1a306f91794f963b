using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Predicted time of a convolution, in multiply-adds of a direct convolution at full speed. The constants are ratios measured on the layers of
/// STU-Net S, B, L and H (docs/convolution.md): what a transformed value costs beside a multiply-add, and a weight that comes from memory.
/// </summary>
internal static class Conv3dCost
{
    // Multiply-adds in whose time a value of a tile is loaded, transformed and stored; likewise for a product on its way out.
    private const double TransformedValue = 6;

    // Multiply-adds in whose time a transformed weight is read from memory.
    private const double StreamedWeight = 16;

    // Multiply-adds in whose time a weight is transformed into one point of a slab.
    private const double TransformedWeight = 22;

    // Multiply-adds in whose time a partial sum is loaded and stored between two slabs.
    private const double PartialSum = 6;

    // The matrix products of Winograd's algorithm are shorter than the sums of the direct one.
    private const double ProductOverhead = 1.15;

    /// <summary>The direct algorithm.</summary>
    public static double Direct(Conv3dOp op, ReadOnlySpan<TensorDesc> operands, SimdLevel level)
    {
        Shape output = operands[^1].Shape;
        return VectorFactor(level) * output.N * output.Voxels * output.C * operands[op.WeightOperand].Shape.C * op.Kernel.Product;
    }

    /// <summary>Winograd's algorithm with a given tiling.</summary>
    public static double Winograd(Conv3dWinogradTiling tiling, SimdLevel level)
    {
        double tiles = (double)tiling.Output.N * tiling.ChunksPerSample * tiling.ChunkTiles;
        double inputs = (double)tiling.InputChannels;
        double outputs = (double)tiling.OutputGroups * tiling.Lanes;
        double products = tiles * tiling.PointCount * inputs * outputs * ProductOverhead;
        double transforms = tiles * tiling.PointCount * (((double)tiling.Groups * tiling.Lanes) + outputs) * TransformedValue;
        double rounds = Math.Ceiling((double)tiling.Chunks / tiling.ChunksPerRound);
        double perWeight = tiling.TransformsWeights ? TransformedWeight * rounds : tiling.IsShared ? StreamedWeight : 0;
        double weights = tiling.PointCount * inputs * outputs * perWeight;
        double passes = tiling.TransformsWeights ? Math.Ceiling((double)tiling.Groups / tiling.SlabGroups) : 1;
        double partialSums = tiles * tiling.PointCount * outputs * PartialSum * (passes - 1);
        return VectorFactor(level) * (products + transforms + weights + partialSums);
    }

    // Narrower vectors never win for fitting a channel count a little better.
    private static double VectorFactor(SimdLevel level) => level switch { SimdLevel.Avx512 => 1, SimdLevel.Avx2 => 2, _ => 4 };
}
