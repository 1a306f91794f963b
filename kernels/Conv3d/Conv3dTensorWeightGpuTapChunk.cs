using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// 16 bytes of channels of one tap of one source: as many rows of the result. They are counted tap by tap, in each the first source's chunks, then the second's.
/// </summary>
internal struct Conv3dTensorTapChunk
{
    /// <summary>A place or distance along z that is outside of every source, with room for a kernel's taps and for another such.</summary>
    public const int Outside = -(1 << 20);

    // The tap, from the middle of the window (z, y, x).
    private GpuInt3 _shift;

    // Which of the source's chunks.
    private int _chunk;

    // Chunks of the source between the first of the middle of a window and this one, were the source not upsampled.
    private int _distance;
    private int _isSecond;

    /// <summary>Chunk number <paramref name="index"/>; those past the last are zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Conv3dTensorTapChunk Of<TElement>(in Conv3dTensorWeightArguments k, int index)
        where TElement : struct, IGpuElement
    {
        int inTap = index % k.ChunksOfTap;
        bool isSecond = inTap >= k.FirstChunks;
        int chunk = isSecond ? inTap - k.FirstChunks : inTap;
        int pitch = isSecond ? k.Second.PitchChunks : k.First.PitchChunks;
        GpuInt3 tap = k.Kernel.PositionOf(index / k.ChunksOfTap);
        int d = tap.D - (k.Kernel.D / 2);
        int h = tap.H - (k.Kernel.H / 2);
        int w = tap.W - (k.Kernel.W / 2);
        bool exists = index * Conv3dTensorWeightTiling.ChannelsOfChunk(default(TElement).ByteLength) < k.Rows;
        return new Conv3dTensorTapChunk
        {
            _shift = new GpuInt3 { D = exists ? d : Outside, H = h, W = w },
            _chunk = chunk,
            _distance = (k.Size.VoxelAt(d, h, w) * pitch) + chunk,
            _isSecond = isSecond ? 1 : 0,
        };
    }

    /// <summary>Begins to copy what an output voxel reads of it. Channels past the last of a source are rows of the result that nobody reads: they may hold anything.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="sample">The voxel's sample.</param>
    /// <param name="middle">The source voxel that the middle of its window lies on (z, y, x).</param>
    /// <param name="voxel">The same, counted through the batch.</param>
    /// <param name="target">Shared memory.</param>
    /// <param name="place">Where the piece of the first 32 rows goes.</param>
    /// <param name="offset">Distance of this piece, a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Copy<TScale>(in Conv3dTensorWeightArguments k, int sample, GpuInt3 middle, int voxel, ArrayView<GpuWord4> target, int place, int offset)
        where TScale : struct, IConv3dTensorScale
    {
        GpuInt3 at = AtOf(middle);
        int exists = IsInside(at, k.Size) ? 1 : 0;
        int inFirst = default(TScale).PlaceIn(k.First, k.First.PitchChunks, sample, at, _chunk, (voxel * k.First.PitchChunks) + _distance);
        int inSecond = (voxel * k.Second.PitchChunks) + _distance;
        if (_isSecond != 0)
            GpuTensorCore.CopyChunkAsync(target, place, offset, k.Second.Chunks, inSecond, exists);
        else
            GpuTensorCore.CopyChunkAsync(target, place, offset, k.First.Chunks, inFirst, exists);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly GpuInt3 AtOf(GpuInt3 middle) => new() { D = middle.D + _shift.D, H = middle.H + _shift.H, W = middle.W + _shift.W };

    // Without branches: all three axes are compared, and negative numbers are the largest without a sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsInside(GpuInt3 at, GpuInt3 size) => (uint)at.D < (uint)size.D & (uint)at.H < (uint)size.H & (uint)at.W < (uint)size.W;
}
