using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>
/// The importance of a patch's voxels when overlapping predictions are averaged: a unit impulse at patch / 2, smoothed along each axis by a
/// Gaussian of sigma = patch / 8 cut off at 4 sigma, zero outside the patch.
/// </summary>
public static class GaussianMap
{
    private const float PeakOfHalfMap = 1000;

    /// <summary>The map of nnU-Net v1: divided by its largest value, binary32, zeros replaced by the smallest value above 0.</summary>
    /// <param name="patch">Size of the patch.</param>
    public static float[] Create(Int3 patch)
    {
        double[] map = Smoothed(patch);
        double peak = map.Max();
        float[] result = Array.ConvertAll(map, value => (float)(value / peak));
        float smallest = result.Where(value => value != 0).Min();
        for (int i = 0; i < result.Length; i++)
            result[i] = result[i] == 0 ? smallest : result[i];
        return result;
    }

    /// <summary>
    /// The map of nnU-Net v2.2, kept in binary16 at every step (rounded, divided by its peak, times 1000): small values are flattened to the
    /// smallest one.
    /// </summary>
    /// <param name="patch">Size of the patch.</param>
    public static Half[] CreateHalf(Int3 patch)
    {
        Half[] map = Array.ConvertAll(Smoothed(patch), value => (Half)(float)value);
        float peak = (float)map.Max();
        for (int i = 0; i < map.Length; i++)
            map[i] = (Half)((float)(Half)((float)map[i] / peak) * PeakOfHalfMap);
        Half smallest = map.Where(value => value != Half.Zero).Min();
        return Array.ConvertAll(map, value => value == Half.Zero ? smallest : value);
    }

    private static double[] Smoothed(Int3 patch)
    {
        double[] z = Factor(patch.D);
        double[] y = Factor(patch.H);
        double[] x = Factor(patch.W);
        double[] map = new double[checked((int)patch.Product)];
        for (int i = 0, at = 0; i < z.Length; i++)
        {
            for (int j = 0; j < y.Length; j++)
            {
                double row = z[i] * y[j];
                for (int k = 0; k < x.Length; k++)
                    map[at++] = row * x[k];
            }
        }

        return map;
    }

    /// <summary>The normalised kernel of one axis around patch / 2.</summary>
    private static double[] Factor(int size)
    {
        double sigma = size / 8.0;
        double[] kernel = GaussianKernel.Create(sigma);
        int radius = kernel.Length / 2;
        double[] factor = new double[size];
        for (int i = 0; i < size; i++)
        {
            int offset = i - size / 2;
            factor[i] = Math.Abs(offset) <= radius ? kernel[offset + radius] : 0;
        }

        return factor;
    }
}
