using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>
/// An output voxel, counted through the batch, and its position, which goes on from step to step: the distance of two steps is a position too, and adding two positions carries at most one
/// along each axis. So no step divides.
/// </summary>
internal struct Conv3dTensorWalk
{
    /// <summary>The voxel.</summary>
    public int Voxel;

    /// <summary>Its sample.</summary>
    public int Sample;

    /// <summary>Its position in the sample (z, y, x).</summary>
    public GpuInt3 At;

    /// <summary>Begins at a voxel.</summary>
    /// <param name="size">Size of a sample.</param>
    /// <param name="voxel">The voxel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorWalk From(GpuInt3 size, int voxel)
    {
        GpuInt3 at = size.PositionOf(voxel);
        int sample = at.D / size.D;
        at.D -= sample * size.D;
        return new Conv3dTensorWalk { Voxel = voxel, Sample = sample, At = at };
    }

    /// <summary>Goes on.</summary>
    /// <param name="size">Size of a sample.</param>
    /// <param name="voxels">How far.</param>
    /// <param name="samples">The sample of that number of voxels.</param>
    /// <param name="distance">Its position (z, y, x).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(GpuInt3 size, int voxels, int samples, GpuInt3 distance)
    {
        Voxel += voxels;
        Sample += samples;
        At = size.Advance(At, distance);
        if (At.D >= size.D)
        {
            At.D -= size.D;
            Sample++;
        }
    }
}
