using STUNet.Core;

namespace STUNet.Training;

/// <summary>The patch that is cut from a training case: larger than the network's, so that rotating and scaling rarely reach outside of it.</summary>
public static class LoaderPatch
{
    private const double DummyRatio = 3;

    /// <summary>The smallest scale of the range nnU-Net once had; it stayed here when the augmentation's range became (0.7, 1.4).</summary>
    private const double SmallestScale = 0.85;

    /// <summary>Whether nnU-Net augments in 2D, slice by slice: where the longest side is more than three times the first.</summary>
    /// <param name="patch">The network's patch.</param>
    public static bool IsAugmentedInPlane(Int3 patch) => (double)Math.Max(patch.D, Math.Max(patch.H, patch.W)) / patch.D > DummyRatio;

    /// <summary>The size to cut for training; validation cuts the network's patch.</summary>
    /// <param name="patch">The network's patch.</param>
    /// <param name="inPlane">Whether augmentation is 2D: the first axis then keeps its size.</param>
    public static Int3 Enlarged(Int3 patch, bool inPlane)
    {
        // In the plane angles go to 180 degrees, of which 90 need the most room.
        RotationAngles[] rotations = inPlane
            ? [new(Math.PI / 2, 0, 0)]
            : [new(SpatialTransform.LargestAngle, 0, 0), new(0, SpatialTransform.LargestAngle, 0), new(0, 0, SpatialTransform.LargestAngle)];
        double[] largest = [patch.D, patch.H, patch.W];
        foreach (RotationAngles rotation in rotations)
        {
            double[] m = rotation.Matrix();
            for (int axis = 0; axis < 3; axis++)
                largest[axis] = Math.Max(largest[axis], Math.Abs(patch.D * m[axis] + patch.H * m[3 + axis] + patch.W * m[6 + axis]));
        }

        return Int3.From(axis => inPlane && axis == 0 ? patch.D : (int)(largest[axis] / SmallestScale));
    }
}
