using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>Where what a tap reads lies in the first source. Methods of a structure without fields, so that kernels are compiled for each.</summary>
internal interface IConv3dTensorScale
{
    /// <summary>A place in the source; counted in chunks or, where elements are loaded one by one, in elements.</summary>
    /// <param name="source">The first source.</param>
    /// <param name="pitch">Chunks from one voxel to the next.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="at">The tap's voxel (z, y, x) of what the convolution sees.</param>
    /// <param name="chunk">Which of the voxel's chunks.</param>
    /// <param name="unscaled">The place, were the source not upsampled.</param>
    int PlaceIn(in Conv3dTensorSource source, int pitch, int sample, GpuInt3 at, int chunk, int unscaled);
}

/// <summary>A source as it lies, in which taps are a fixed distance from one another.</summary>
internal struct Conv3dTensorUnscaled : IConv3dTensorScale
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int PlaceIn(in Conv3dTensorSource source, int pitch, int sample, GpuInt3 at, int chunk, int unscaled) => unscaled;
}

/// <summary>An upsampled source, whose voxel is found anew for every tap.</summary>
internal struct Conv3dTensorUpsampled : IConv3dTensorScale
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int PlaceIn(in Conv3dTensorSource source, int pitch, int sample, GpuInt3 at, int chunk, int unscaled) =>
        (source.VoxelAt(sample, at.D, at.H, at.W) * pitch) + chunk;
}
