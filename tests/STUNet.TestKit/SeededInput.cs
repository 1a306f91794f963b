using STUNet.Core;
using STUNet.Model;

namespace STUNet.TestKit;

/// <summary>The golden README's seeded image: r("input.fine", i) + 2 * r("input.coarse", block of 8^3 voxels).</summary>
public static class SeededInput
{
    /// <summary>The image in NCDHW order.</summary>
    /// <param name="salt">Selects the image.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="size">Size (z, y, x).</param>
    public static float[] Create(string salt, int channels, Int3 size)
    {
        ulong fine = SeededParameters.Key(salt, "input.fine");
        ulong coarse = SeededParameters.Key(salt, "input.coarse");
        Int3 blocks = Int3.From(axis => (size[axis] + 7) / 8);
        float[] image = new float[channels * size.Product];
        int i = 0;
        for (int c = 0; c < channels; c++)
        {
            for (int d = 0; d < size.D; d++)
            {
                for (int h = 0; h < size.H; h++)
                {
                    for (int w = 0; w < size.W; w++, i++)
                    {
                        int block = (((((c * blocks.D) + (d / 8)) * blocks.H) + (h / 8)) * blocks.W) + (w / 8);
                        image[i] = SeededParameters.Uniform(fine, (ulong)i) + (2 * SeededParameters.Uniform(coarse, (ulong)block));
                    }
                }
            }
        }

        return image;
    }
}
