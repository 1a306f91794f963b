namespace STUNet.Imaging.Preprocessing;

/// <summary>The weights of a sampled Gaussian, cut off where SciPy cuts it: at 4 sigma.</summary>
public static class GaussianKernel
{
    private const double Reach = 4;

    /// <summary>The weights from -radius to radius, radius = floor(4 sigma + 0.5); they sum to 1.</summary>
    /// <param name="sigma">Standard deviation in samples, above 0.</param>
    public static double[] Create(double sigma)
    {
        int radius = (int)(Reach * sigma + 0.5);
        double[] kernel = [.. Enumerable.Range(-radius, 2 * radius + 1).Select(i => Math.Exp(-0.5 / (sigma * sigma) * ((double)i * i)))];
        double sum = kernel.Sum();
        return Array.ConvertAll(kernel, weight => weight / sum);
    }
}
