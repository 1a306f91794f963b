using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Benchmarks.Measuring;

/// <summary>A volume that behaves like a CT: an elliptic body of soft tissue with a spine and two lungs, in air, with noise; HU.</summary>
internal static class SyntheticCt
{
    /// <summary>Makes the volume.</summary>
    /// <param name="size">Voxels (z, y, x).</param>
    /// <param name="spacing">Their size.</param>
    public static Volume Create(Int3 size, Spacing spacing)
    {
        Volume volume = new(new VolumeGeometry(size, spacing));
        Random random = new(1);
        for (int z = 0; z < size.D; z++)
        {
            Span<float> slice = volume.Slice(z);
            for (int i = 0; i < slice.Length; i++)
            {
                double y = ((double)(i / size.W) / size.H * 2) - 1;
                double x = ((double)(i % size.W) / size.W * 2) - 1;
                double tissue = Inside(x, y, 0, 0, 0.85, 0.6) ? Inside(x, y, 0, 0.4, 0.1, 0.1) ? 400 : Inside(Math.Abs(x), y, 0.4, 0, 0.25, 0.35) && z < size.D / 2 ? -850 : 40 : -1000;
                slice[i] = (float)Math.Round(tissue + (30 * (random.NextDouble() - 0.5)));
            }
        }

        return volume;
    }

    private static bool Inside(double x, double y, double centreX, double centreY, double radiusX, double radiusY) =>
        Math.Pow((x - centreX) / radiusX, 2) + Math.Pow((y - centreY) / radiusY, 2) < 1;
}
