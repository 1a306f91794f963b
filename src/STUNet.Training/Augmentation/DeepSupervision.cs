using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The scales of nnU-Net's targets, one per output of the network from the finest on, and their weights in the loss.</summary>
public static class DeepSupervision
{
    /// <summary>The size of every target relative to the patch, per axis.</summary>
    /// <param name="strides">
    /// Version 1: the list of poolings; the full size comes first and the last pooling is left out. Version 2: the plan's list, which begins with ones; its
    /// last entry is left out.
    /// </param>
    /// <param name="version">Whose rules.</param>
    public static double[][] Scales(IReadOnlyList<Int3> strides, NnunetVersion version)
    {
        List<double[]> scales = version == NnunetVersion.V1 ? [[1, 1, 1]] : [];
        long[] product = [1, 1, 1];
        foreach (Int3 stride in strides.SkipLast(1))
        {
            for (int axis = 0; axis < 3; axis++)
                product[axis] *= stride[axis];
            scales.Add(Array.ConvertAll(product, factor => 1.0 / factor));
        }

        return [.. scales];
    }

    /// <summary>The size of every target: patch times scale, rounded half to even.</summary>
    /// <param name="patch">Size of the network's patch.</param>
    /// <param name="scales">The scales.</param>
    public static Int3[] Sizes(Int3 patch, IReadOnlyList<double[]> scales) =>
        [.. scales.Select(scale => Int3.From(axis => (int)Math.Round(patch[axis] * scale[axis], MidpointRounding.ToEven)))];

    /// <summary>The weights of the losses: halved from scale to scale, 0 for the last, summing to 1.</summary>
    /// <param name="count">Number of targets, at least 2.</param>
    public static double[] Weights(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        double[] weights = [.. Enumerable.Range(0, count).Select(scale => scale == count - 1 ? 0 : Math.Pow(0.5, scale))];
        double sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }
}
