using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// A box of voxels in shared memory with the voxels around it that a kernel of up to 3 taps an axis reads: 4 x 4 x 8 voxels (z, y, x), which are the 128 rows of a tile, within 6 x 6 x 10. A voxel's channels of one slab lie side by
/// side with a chunk of 16 bytes more, so that voxels lie an odd number of chunks apart: 8 neighbours along x, a line of the box, lie in all banks once wherever they begin, and what a tap reads is a fixed distance from what another does.
/// </summary>
internal static class GpuHalo
{
    /// <summary>Size of the box (z, y, x).</summary>
    public const int Depth = 4;
    public const int Height = 4;
    public const int Width = 8;

    /// <summary>Voxels from one line to the next, and from one plane to the next.</summary>
    public const int LinePitch = Width + 2;
    public const int PlanePitch = (Height + 2) * LinePitch;

    /// <summary>Taps of a kernel along x.</summary>
    public const int TapsOfLine = 3;

    /// <summary>Voxels in all.</summary>
    public const int Voxels = (Depth + 2) * PlanePitch;

    /// <summary>Words from one voxel to the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PitchWords<TSlab>()
        where TSlab : struct, IGpuSlab => 4 * (default(TSlab).Chunks + 1);

    /// <summary>Blocks of 64 bytes of weights a column that a line of taps has: one a tap, or of slabs of 32 bytes two taps to one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BlocksOfLine(int slabChunks) => ((TapsOfLine * slabChunks) + GpuTileMemory.RowChunks - 1) / GpuTileMemory.RowChunks;

    /// <summary>Words from a warp's first row to a line of 8 rows of it; from the fifth on they lie in the next plane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WordsToLine<TSlab>(int line)
        where TSlab : struct, IGpuSlab => ((line / Height * PlanePitch) + (line % Height * LinePitch)) * PitchWords<TSlab>();
}

/// <summary>How many of a voxel's channels lie in shared memory at once.</summary>
internal interface IGpuSlab
{
    /// <summary>Chunks of 16 bytes: 4 or 2.</summary>
    int Chunks { get; }

    /// <summary>Whether they are a step of the inner index, and not half of one.</summary>
    bool IsStep { get; }
}

/// <summary>64 bytes, a step of the inner index a tap.</summary>
internal struct GpuSlab64 : IGpuSlab
{
    public readonly int Chunks => 4;

    public readonly bool IsStep => true;
}

/// <summary>32 bytes, for sources that have no more: half a step a tap.</summary>
internal struct GpuSlab32 : IGpuSlab
{
    public readonly int Chunks => 2;

    public readonly bool IsStep => false;
}

/// <summary>Left operands from a <see cref="GpuHalo"/>, 16 rows of the result are two lines of it; right operands as <see cref="GpuRowLoads"/> has them.</summary>
internal struct GpuHaloLoads<TSlab> : IGpuTileLoads
    where TSlab : struct, IGpuSlab
{
    // Matrices 0 and 1 are a line and the next, 2 and 3 the next 16 bytes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int LeftWord(int first)
    {
        int matrix = Group.IdxX % GpuTensorCore.WarpSize / 8;
        return GpuHalo.WordsToLine<TSlab>((first / GpuHalo.Width) + (matrix % 2)) + (Group.IdxX % 8 * GpuHalo.PitchWords<TSlab>()) + (matrix / 2 * 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int RightWord(int first) => default(GpuRowLoads).RightWord(first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextLeftHalf(int word) => word + 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextRightHalf(int word) => default(GpuRowLoads).NextRightHalf(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadLeft<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement => default(TElement).Round(GpuTensorCore.LoadMatrices(shared, word, GpuHalo.WordsToLine<TSlab>(2 * index)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadRight<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement => default(GpuRowLoads).LoadRight<TElement>(shared, word, index);
}

/// <summary>The same for <see cref="GpuRegisterTile32x32"/>: a thread's rows are one voxel of each line.</summary>
internal struct GpuHaloRegisterLoads<TSlab> : IGpuTileLoads
    where TSlab : struct, IGpuSlab
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int LeftWord(int first) =>
        GpuHalo.WordsToLine<TSlab>(first / GpuHalo.Width) + (Group.IdxX % GpuTensorCore.WarpSize / 4 * GpuHalo.PitchWords<TSlab>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int RightWord(int first) => default(GpuRegisterLoads).RightWord(first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextLeftHalf(int word) => word + 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextRightHalf(int word) => default(GpuRegisterLoads).NextRightHalf(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadLeft<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement =>
        GpuTensorCore.LoadChunk(shared, word, GpuHalo.WordsToLine<TSlab>(index % GpuRegisterLoads.FragmentsOfChunk) + (index / GpuRegisterLoads.FragmentsOfChunk * 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadRight<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement => default(GpuRegisterLoads).LoadRight<TElement>(shared, word, index);
}
