using System.Numerics;

namespace STUNet.Inference;

/// <summary>
/// Means of rows of accumulated sums, probabilities or logits: each voxel is divided by its sum of weights. The channels behind the classes become
/// so small that no maximum is ever found there.
/// </summary>
/// <param name="Classes">Number of classes; the sum of weights is the channel after them.</param>
/// <param name="Pitch">Floats from voxel to voxel, a multiple of the vector length.</param>
/// <param name="Columns">Voxels of a row.</param>
internal readonly unsafe record struct MeanRow(int Classes, int Pitch, int Columns)
{
    // Finite, so that interpolating with a weight of 0 keeps it.
    private const float BelowAll = -1e30f;

    /// <summary>The means of one row.</summary>
    /// <param name="sums">Its sums [x, pitch].</param>
    /// <param name="target">Receives the means [x, pitch].</param>
    public void Divide(float* sums, float* target)
    {
        for (int x = 0; x < Columns; x++, sums += Pitch, target += Pitch)
        {
            Vector<float> weight = new(sums[Classes]);
            for (int c = 0; c < Pitch; c += Vector<float>.Count)
                Vector.Store(Vector.Load(sums + c) / weight, target + c);
            Close(target);
        }
    }

    /// <summary>
    /// Means between two rows: (1 - share) of the lower and share of the upper. The shares are divided by the weights, once for all
    /// classes: as many roundings as dividing the sums.
    /// </summary>
    /// <param name="lower">The sums of one row [x, pitch].</param>
    /// <param name="upper">Those of the other.</param>
    /// <param name="share">The share of the upper.</param>
    /// <param name="target">Receives the means [x, pitch].</param>
    public void DivideBetween(float* lower, float* upper, float share, float* target)
    {
        for (int x = 0; x < Columns; x++, lower += Pitch, upper += Pitch, target += Pitch)
        {
            Vector<float> lowerFactor = new((1 - share) / lower[Classes]);
            Vector<float> upperFactor = new(share / upper[Classes]);
            for (int c = 0; c < Pitch; c += Vector<float>.Count)
                Vector.Store((Vector.Load(lower + c) * lowerFactor) + (Vector.Load(upper + c) * upperFactor), target + c);
            Close(target);
        }
    }

    private void Close(float* target)
    {
        for (int c = Classes; c < Pitch; c++)
            target[c] = BelowAll;
    }
}
