using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>Decides the size of a resampled image and whether one coarse axis is resampled on its own. nnU-Net v1 and v2 agree on both.</summary>
public static class ResamplingGeometry
{
    /// <summary>Ratio of the largest to the smallest spacing above which (strictly) an image counts as anisotropic.</summary>
    public const double AnisotropyThreshold = 3;

    /// <summary>round-half-to-even((old / new) * size) per axis, in double and in this order.</summary>
    /// <param name="size">Voxels.</param>
    /// <param name="spacing">Millimetres per voxel now.</param>
    /// <param name="target">Millimetres per voxel wanted.</param>
    /// <returns>The size; 0 on an axis thinner than half a target voxel, which the resamplers refuse.</returns>
    /// <exception cref="InvalidRequestException">An axis would have more voxels than an index can count, or a spacing is not a number above 0.</exception>
    public static Int3 NewSize(Int3 size, Spacing spacing, Spacing target) => Int3.From(axis =>
    {
        double voxels = Math.Round(spacing[axis] / target[axis] * size[axis], MidpointRounding.ToEven);
        return voxels is >= 0 and <= int.MaxValue
            ? (int)voxels
            : throw new InvalidRequestException($"Resampling axis {axis} of {size[axis]} voxels from {spacing[axis]} mm to {target[axis]} mm would leave {voxels} voxels; check the spacing of the image against that of the model.");
    });

    /// <summary>
    /// The axis to resample on its own, or null. The first anisotropic one of two spacings decides, and only if exactly one of its axes has the
    /// largest spacing. Preprocessing of both versions asks the image, then the target; v1's export the same; v2's export the target, then the image.
    /// </summary>
    /// <param name="first">The spacing asked first.</param>
    /// <param name="second">The spacing asked if the first is not anisotropic.</param>
    /// <param name="force">Whether plans force the first spacing's coarse axis to be resampled on its own, or forbid it; null lets the spacings decide.</param>
    public static int? SeparateAxis(Spacing first, Spacing second, bool? force = null) => force switch
    {
        true => CoarseAxis(first),
        false => null,
        null => IsAnisotropic(first) ? CoarseAxis(first) : IsAnisotropic(second) ? CoarseAxis(second) : null,
    };

    private static double Largest(Spacing spacing) => Math.Max(spacing.Z, Math.Max(spacing.Y, spacing.X));

    private static bool IsAnisotropic(Spacing spacing) =>
        Largest(spacing) / Math.Min(spacing.Z, Math.Min(spacing.Y, spacing.X)) > AnisotropyThreshold;

    private static int? CoarseAxis(Spacing spacing)
    {
        int[] coarse = [.. Enumerable.Range(0, 3).Where(axis => Largest(spacing) / spacing[axis] == 1)];
        return coarse.Length == 1 ? coarse[0] : null;
    }
}
