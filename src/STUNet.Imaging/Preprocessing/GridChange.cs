using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>How the voxels of an image become those of the network: what is kept, in which order of axes, and what it is resampled to.</summary>
/// <param name="Box">The part of the image that is kept, image order.</param>
/// <param name="Forward">The transpose from image order to network order.</param>
/// <param name="NewSize">Size of the network's volume, network order.</param>
/// <param name="SeparateAxis">The axis (network order) that is resampled on its own; null for none.</param>
public sealed record GridChange(CropBox Box, AxisPermutation Forward, Int3 NewSize, int? SeparateAxis)
{
    /// <summary>Size of the box, network order.</summary>
    public Int3 CroppedSize => Forward.Apply(Box.Size);

    /// <summary>The change that nnU-Net makes: both versions agree on it.</summary>
    /// <param name="box">The part of the image that is kept.</param>
    /// <param name="spacing">The image's spacing, image order.</param>
    /// <param name="forward">The transpose.</param>
    /// <param name="target">The network's spacing, network order.</param>
    /// <param name="forceSeparate">Whether the coarse axis is resampled on its own; null lets the spacings decide.</param>
    /// <exception cref="InvalidRequestException">The network's volume would have no voxel, or more than one array can hold.</exception>
    public static GridChange Of(CropBox box, Spacing spacing, AxisPermutation forward, Spacing target, bool? forceSeparate = null)
    {
        Spacing transposed = forward.Apply(spacing);
        Int3 newSize = ResamplingGeometry.NewSize(forward.Apply(box.Size), transposed, target);
        RequireUsable(box.Size, spacing, forward.Inverse.Apply(newSize), forward.Inverse.Apply(target));
        return new GridChange(box, forward, newSize, ResamplingGeometry.SeparateAxis(transposed, target, forceSeparate));
    }

    private static void RequireUsable(Int3 size, Spacing spacing, Int3 newSize, Spacing target)
    {
        // In double: the product of three large axes overflows 64 bits.
        double voxels = (double)newSize.D * newSize.H * newSize.W;
        if (voxels > 0 && voxels <= Array.MaxLength)
            return;
        string change = $"{size} voxels (z, y, x) of {spacing} would become {newSize} voxels at the model's spacing of {target}";
        throw new InvalidRequestException(voxels == 0
            ? $"The image is too thin: {change}; use an image that covers at least one of the model's voxels, or correct its spacing."
            : $"The image is too large: {change}, more than {Array.MaxLength} in all; crop it, or correct its spacing.");
    }
}
