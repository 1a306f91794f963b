using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Training;

/// <summary>
/// Labels at any position: SciPy's map_coordinates of each label's mask with order 1, mode constant, and the largest label that reaches one half; 0 where
/// none does and outside of the samples.
/// </summary>
internal static class LabelSampler
{
    private const int Corners = 8;

    public static void Sample(ReadOnlySpan<short> labels, SamplingGrid grid, Span<short> target, InterpolationOrder order)
    {
        for (int z = 0, at = 0; z < grid.Patch.D; z++)
        {
            for (int y = 0; y < grid.Patch.H; y++, at += grid.Patch.W)
            {
                grid.SetRow(z, y);
                Span<short> row = target.Slice(at, grid.Patch.W);
                if (order == InterpolationOrder.Nearest)
                    SampleNearest(labels, grid, row);
                else
                    SampleLinear(labels, grid, row);
            }
        }
    }

    private static void SampleNearest(ReadOnlySpan<short> labels, SamplingGrid grid, Span<short> target)
    {
        Int3 size = grid.Loaded;
        for (int i = 0; i < target.Length; i++)
        {
            (double z, double y, double x) = (grid.Row(0)[i], grid.Row(1)[i], grid.Row(2)[i]);
            target[i] = IsInside(z, y, x, size)
                ? labels[((int)(z + 0.5) * size.H + (int)(y + 0.5)) * size.W + (int)(x + 0.5)]
                : PatchCropping.OutsideLabel;
        }
    }

    private static void SampleLinear(ReadOnlySpan<short> labels, SamplingGrid grid, Span<short> target)
    {
        Int3 size = grid.Loaded;
        int stepX = size.W > 1 ? 1 : 0;
        int stepY = size.H > 1 ? size.W : 0;
        int stepZ = size.D > 1 ? size.W * size.H : 0;
        ReadOnlySpan<double> pz = grid.Row(0);
        ReadOnlySpan<double> py = grid.Row(1);
        ReadOnlySpan<double> px = grid.Row(2);
        Span<short> corner = stackalloc short[Corners];
        for (int i = 0; i < target.Length; i++)
        {
            (double z, double y, double x) = (pz[i], py[i], px[i]);
            if (!IsInside(z, y, x, size))
            {
                target[i] = 0;
                continue;
            }

            // On the last sample itself the cell before it is taken, whose upper corner has all the weight.
            (int kz, int ky, int kx) = (Cell(z, size.D), Cell(y, size.H), Cell(x, size.W));
            int at = (kz * size.H + ky) * size.W + kx;
            short first = corner[0] = labels[at];
            int different = (corner[1] = labels[at + stepX]) ^ first;
            different |= (corner[2] = labels[at + stepY]) ^ first;
            different |= (corner[3] = labels[at + stepY + stepX]) ^ first;
            different |= (corner[4] = labels[at + stepZ]) ^ first;
            different |= (corner[5] = labels[at + stepZ + stepX]) ^ first;
            different |= (corner[6] = labels[at + stepZ + stepY]) ^ first;
            different |= (corner[7] = labels[at + stepZ + stepY + stepX]) ^ first;
            target[i] = different == 0 ? first : Vote(corner, z - kz, y - ky, x - kx);
        }
    }

    private static short Vote(ReadOnlySpan<short> corner, double z, double y, double x)
    {
        // Weights and their products as the reference rounds them, because that decides near-ties.
        Span<double> weight = stackalloc double[Corners];
        (double z0, double y0, double x0) = (1 - z, 1 - y, 1 - x);
        for (int i = 0; i < Corners; i++)
            weight[i] = ((i & 4) == 0 ? z0 : 1 - z0) * ((i & 2) == 0 ? y0 : 1 - y0) * ((i & 1) == 0 ? x0 : 1 - x0);
        return LabelResampler.Vote(corner, weight);
    }

    private static int Cell(double position, int size) => Math.Min((int)position, Math.Max(0, size - 2));

    private static bool IsInside(double z, double y, double x, Int3 size) =>
        z >= 0 && z <= size.D - 1 && y >= 0 && y <= size.H - 1 && x >= 0 && x <= size.W - 1;
}
