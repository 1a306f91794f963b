using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>What two label maps must share to be compared voxel by voxel.</summary>
internal static class GridRules
{
    // Tools round spacings to binary32 or to a few decimals; another resolution differs by percents.
    private const double SpacingTolerance = 1e-3;

    /// <summary>Refuses a prediction on another grid than its reference.</summary>
    /// <exception cref="InvalidFileException">Size or spacing differ; the message names both files.</exception>
    public static void RequireSame(string prediction, VolumeGeometry predicted, string reference, VolumeGeometry right)
    {
        if (predicted.Size != right.Size)
        {
            throw new InvalidFileException(
                prediction, "dim", $"{predicted.Size} voxels (z, y, x), but its reference {reference} has {right.Size}", "compare label maps of one image");
        }

        for (int axis = 0; axis < 3; axis++)
        {
            if (Math.Abs(predicted.Spacing[axis] - right.Spacing[axis]) > SpacingTolerance * right.Spacing[axis])
            {
                throw new InvalidFileException(
                    prediction, "pixdim", $"spacing {predicted.Spacing} (z, y, x), but its reference {reference} has {right.Spacing}", "compare label maps of one image");
            }
        }
    }
}
