using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// How the operands of <see cref="GpuRegisterTile32x32"/> come from shared memory: a fragment is four inner indices of one row or column of the result. Thread t of a warp has the rows t / 4 + 8 * i and the
/// columns 2 * (t % 4) + 8 * j and the next, those whose sums it would have of tensor cores. Fragment number <see cref="FragmentsOfChunk"/> * c + i is row i, or column i of pairs of neighbours, of
/// chunk c of the half.
/// </summary>
internal struct GpuRegisterLoads : IGpuTileLoads
{
    /// <summary>Rows of a thread, and columns, at most.</summary>
    public const int FragmentsOfChunk = 8;

    // Words of 8 rows.
    private const int BlockWords = 8 * GpuTileMemory.RowWords;

    // A row's swizzle takes its number by 2 modulo 4: 8 rows on, and in the odd neighbour of an even one, it is the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int LeftWord(int first) => GpuTileMemory.PlaceOf(first + (Group.IdxX % GpuTensorCore.WarpSize / 4), 0) * 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int RightWord(int first) => GpuTileMemory.PlaceOf(first + (Group.IdxX % 4 * 2), 0) * 4;

    // Two chunks on, which the swizzle turns into a changed bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextLeftHalf(int word) => word ^ 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextRightHalf(int word) => NextLeftHalf(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadLeft<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement =>
        GpuTensorCore.LoadChunk(shared, word ^ (index / FragmentsOfChunk * 4), index % FragmentsOfChunk * BlockWords);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadRight<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement =>
        GpuTensorCore.LoadChunk(shared, word ^ (index / FragmentsOfChunk * 4), (index % FragmentsOfChunk / 2 * BlockWords) + (index % 2 * GpuTileMemory.RowWords));
}

/// <summary>
/// The same where a row of shared memory is one inner index with 16 rows or columns of the result, as <see cref="GpuTransposedWordLoads"/> has them: a fragment's words lie in four rows.
/// </summary>
internal struct GpuTransposedRegisterLoads : IGpuTileLoads
{
    // A piece of 16 rows or columns of the result.
    private const int PieceWords = 16 * GpuTileMemory.RowWords;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int LeftWord(int first) => (first * GpuTileMemory.RowWords) + (Group.IdxX % GpuTensorCore.WarpSize / 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int RightWord(int first) => (first * GpuTileMemory.RowWords) + (Group.IdxX % 4 * 2);

    // 8 of the inner index are 8 rows, by which the swizzle does not change.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextLeftHalf(int word) => word + (8 * GpuTileMemory.RowWords);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextRightHalf(int word) => NextLeftHalf(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadLeft<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement => Load(shared, word, index % GpuRegisterLoads.FragmentsOfChunk, 0, index / GpuRegisterLoads.FragmentsOfChunk);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadRight<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement => Load(shared, word, index % GpuRegisterLoads.FragmentsOfChunk / 2, index % 2, index / GpuRegisterLoads.FragmentsOfChunk);

    // The word of block (8 rows or columns of the result) and of inner index i is `word` with the block's odd number as the second half of a row's chunks, and the swizzle i / 2 % 4, of which both are changed bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static GpuFragment Load(ArrayView<uint> shared, int word, int block, int next, int chunk)
    {
        int near = word ^ (block % 2 * 8) ^ (chunk * 8);
        int offset = (block / 2 * PieceWords) + (chunk * 4 * GpuTileMemory.RowWords) + next;
        return new GpuFragment
        {
            A = GpuTensorCore.LoadWord(shared, near, offset),
            B = GpuTensorCore.LoadWord(shared, near, offset + GpuTileMemory.RowWords),
            C = GpuTensorCore.LoadWord(shared, near ^ 4, offset + (2 * GpuTileMemory.RowWords)),
            D = GpuTensorCore.LoadWord(shared, near ^ 4, offset + (3 * GpuTileMemory.RowWords)),
        };
    }
}
