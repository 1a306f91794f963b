using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>Where what a tap reads lies in the first source. Methods of a structure without fields, so that kernels are compiled for each.</summary>
internal interface IConv3dTensorScale
{
    /// <summary>A chunk of the source.</summary>
    /// <param name="source">The first source.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="at">The tap's voxel (z, y, x) of what the convolution sees.</param>
    /// <param name="chunk">Which of the voxel's chunks.</param>
    /// <param name="unscaled">The chunk, were the source not upsampled.</param>
    int ChunkOf(in Conv3dTensorSource source, int sample, GpuInt3 at, int chunk, int unscaled);

    /// <summary>Likewise an element.</summary>
    int ElementOf(in Conv3dTensorSource source, int sample, GpuInt3 at, int channel, int unscaled);
}

/// <summary>A source as it lies, in which taps are a fixed distance from one another.</summary>
internal struct Conv3dTensorUnscaled : IConv3dTensorScale
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int ChunkOf(in Conv3dTensorSource source, int sample, GpuInt3 at, int chunk, int unscaled) => unscaled;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int ElementOf(in Conv3dTensorSource source, int sample, GpuInt3 at, int channel, int unscaled) => unscaled;
}

/// <summary>An upsampled source, whose voxel is found anew for every tap.</summary>
internal struct Conv3dTensorUpsampled : IConv3dTensorScale
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int ChunkOf(in Conv3dTensorSource source, int sample, GpuInt3 at, int chunk, int unscaled) =>
        (source.VoxelAt(sample, at.D, at.H, at.W) * source.PitchChunks) + chunk;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int ElementOf(in Conv3dTensorSource source, int sample, GpuInt3 at, int channel, int unscaled) =>
        (source.VoxelAt(sample, at.D, at.H, at.W) * source.Pitch) + channel;
}
