using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The window of a run and the volume it is loaded from or accumulated to, as kernels see them. Volumes are indexed with 64 bits: a whole image times
/// the number of classes may exceed 2^31 elements.
/// </summary>
internal struct GpuWindow
{
    /// <summary>The volume: source [C, D, H, W], or accumulator ring [D, H, W, C].</summary>
    public ArrayView<float> Data;
    public GpuInt3 Size;
    public GpuInt3 Patch;
    public GpuInt3 Origin;
    public int Channels;
    public int FlipZ;
    public int FlipY;
    public int FlipX;
    public float Weight;

    /// <summary>Takes over one run.</summary>
    public void Set(in RunArguments run, in VolumeBinding volume)
    {
        Data = ((GpuMemory)volume.Memory).View<float>(volume.ByteOffset, volume.ByteLength);
        Size = GpuInt3.From(volume.Size);
        Origin = GpuInt3.From(run.WindowOrigin);
        Channels = volume.Channels;
        FlipZ = (run.Flip & FlipAxes.Z) != 0 ? 1 : 0;
        FlipY = (run.Flip & FlipAxes.Y) != 0 ? 1 : 0;
        FlipX = (run.Flip & FlipAxes.X) != 0 ? 1 : 0;
        Weight = run.Weight;
    }

    /// <summary>The position in the window that a voxel of the mirrored window shows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuInt3 Unflipped(int voxel)
    {
        GpuInt3 at = Patch.PositionOf(voxel);
        return new GpuInt3
        {
            D = FlipZ != 0 ? Patch.D - 1 - at.D : at.D,
            H = FlipY != 0 ? Patch.H - 1 - at.H : at.H,
            W = FlipX != 0 ? Patch.W - 1 - at.W : at.W,
        };
    }

    /// <summary>Index of an element of the source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long SourceIndex(int c, GpuInt3 at) =>
        (((((((long)c * Size.D) + Origin.D + at.D) * Size.H) + Origin.H + at.H) * Size.W) + Origin.W + at.W);

    /// <summary>Index of the first channel of a voxel of the accumulator ring.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long SumIndex(GpuInt3 at)
    {
        int ring = (Origin.D + at.D) % Size.D;
        return ((((((long)ring * Size.H) + Origin.H + at.H) * Size.W) + Origin.W + at.W) * Channels);
    }
}
