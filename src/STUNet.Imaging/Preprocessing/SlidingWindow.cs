using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>Where the patches of a prediction lie.</summary>
public static class SlidingWindow
{
    /// <summary>
    /// First voxels of the patches along one axis: ceil((n - p) / (p * s)) + 1 patches spread evenly from 0 to n - p, positions rounded half to even.
    /// </summary>
    /// <param name="size">Voxels n of the axis, at least the patch's.</param>
    /// <param name="patch">Voxels p of the patch.</param>
    /// <param name="step">Step s as a fraction of the patch, in (0, 1].</param>
    public static int[] Starts(int size, int patch, double step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, patch);
        if (step is not (> 0 and <= 1))
            throw new InvalidRequestException($"The step size {step} must lie above 0 and at most at 1; 0.5 is the usual value.");
        int count = (int)Math.Ceiling((size - patch) / (patch * step)) + 1;
        double distance = count > 1 ? (size - patch) / (double)(count - 1) : 0;
        int[] starts = new int[count];
        for (int i = 0; i < count; i++)
            starts[i] = (int)Math.Round(distance * i, MidpointRounding.ToEven);
        return starts;
    }

    /// <summary>First voxels of all patches, axis z outermost, x innermost: the order in which the reference adds them up.</summary>
    /// <param name="size">Size of the padded image, on every axis at least the patch's.</param>
    /// <param name="patch">Size of the patch.</param>
    /// <param name="step">Step as a fraction of the patch, in (0, 1].</param>
    public static Int3[] Windows(Int3 size, Int3 patch, double step)
    {
        int[][] starts = [.. Enumerable.Range(0, 3).Select(axis => Starts(size[axis], patch[axis], step))];
        return [.. from z in starts[0] from y in starts[1] from x in starts[2] select new Int3(z, y, x)];
    }
}
