using STUNet.Imaging.Preprocessing;

namespace STUNet.Inference;

/// <summary>How an export grid samples an axis, as <see cref="Kernels.ResampledArgMaxOp"/> reads it.</summary>
internal static class SamplingTable
{
    /// <summary>The lower source indices of all samples, then the upper ones, then the upper weights. Single precision holds every index up to 2^24, more than any image has along an axis.</summary>
    /// <param name="sampling">The sampling.</param>
    public static float[] Of(AxisSampling sampling)
    {
        float[] table = new float[3 * sampling.OutputSize];
        for (int sample = 0; sample < sampling.OutputSize; sample++)
        {
            table[sample] = sampling.Lower[sample];
            table[sampling.OutputSize + sample] = sampling.Upper[sample];
            table[(2 * sampling.OutputSize) + sample] = (float)sampling.UpperWeight[sample];
        }

        return table;
    }
}
