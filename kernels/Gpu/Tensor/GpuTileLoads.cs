using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// How fragments come from shared memory. One stage is the left operand, then the right one, each in pieces of 32 rows of 64 bytes (<see cref="GpuTileMemory"/>); a
/// piece is 32 rows or columns of the result by 64 bytes of the inner index, one way or the other. Of boxes the left operand lies as <see cref="GpuHalo"/> says.
/// </summary>
internal interface IGpuTileLoads
{
    /// <summary>The word that this thread names to load the first 16 rows of the result by 32 bytes of the inner index.</summary>
    /// <param name="first">First row of the warp in the stage, a multiple of 32.</param>
    int LeftWord(int first);

    /// <summary>Likewise the first 16 columns.</summary>
    /// <param name="first">First column of the warp, counted behind the left operand's rows.</param>
    int RightWord(int first);

    /// <summary>The same word of the left operand in the second half of the inner index.</summary>
    int NextLeftHalf(int word);

    /// <summary>Likewise of the right operand.</summary>
    int NextRightHalf(int word);

    /// <summary>Loads fragment number <paramref name="index"/> of the left operand, a constant, 16 rows each, as tensor cores take it.</summary>
    GpuFragment LoadLeft<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement;

    /// <summary>Likewise of the right operand, 16 columns each.</summary>
    GpuFragment LoadRight<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement;
}

/// <summary>
/// A row of shared memory is a row or column of the result, its 64 bytes lie along the inner index: what <c>ldmatrix</c> loads as it is. The right operand is packed weights, which were rounded then.
/// </summary>
internal struct GpuRowLoads : IGpuTileLoads
{
    // Words of 16 rows: what separates one fragment from the next.
    private const int FragmentWords = 16 * GpuTileMemory.RowWords;

    // Matrices 0 and 1 are the upper and lower 8 rows, 2 and 3 the next 16 bytes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int LeftWord(int first)
    {
        int matrix = Group.IdxX % GpuTensorCore.WarpSize / 8;
        return GpuTileMemory.PlaceOf(first + (matrix % 2 * 8) + (Group.IdxX % 8), matrix / 2) * 4;
    }

    // Matrices 0 and 1 are the first 8 columns' 32 bytes, 2 and 3 those of the next 8.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int RightWord(int first)
    {
        int matrix = Group.IdxX % GpuTensorCore.WarpSize / 8;
        return GpuTileMemory.PlaceOf(first + (matrix / 2 * 8) + (Group.IdxX % 8), matrix % 2) * 4;
    }

    // Two chunks on, which the swizzle turns into a changed bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextLeftHalf(int word) => word ^ 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextRightHalf(int word) => NextLeftHalf(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadLeft<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement => default(TElement).Round(GpuTensorCore.LoadMatrices(shared, word, index * FragmentWords));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadRight<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement => GpuTensorCore.LoadMatrices(shared, word, index * FragmentWords);
}

/// <summary>
/// A row of shared memory is one inner index, its 64 bytes are 32 rows or columns of the result, in elements of 16 bits: <c>ldmatrix.trans</c> turns 8 x 8 of them. A
/// matrix reads one chunk of 8 consecutive rows as with <see cref="GpuRowLoads"/>, so banks are read alike. Two fragments share a piece, its lower and upper chunks.
/// </summary>
internal struct GpuTransposedLoads : IGpuTileLoads
{
    private const int PieceWords = 32 * GpuTileMemory.RowWords;

    // Matrices 0 and 1 are the first 16 rows of the result, two chunks; 2 and 3 the next 8 of the inner index.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int LeftWord(int first)
    {
        int matrix = Group.IdxX % GpuTensorCore.WarpSize / 8;
        return GpuTileMemory.PlaceOf(first + (matrix / 2 * 8) + (Group.IdxX % 8), matrix % 2) * 4;
    }

    // Matrices 0 and 1 are 16 of the inner index of the first 8 columns, 2 and 3 of the next 8.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int RightWord(int first)
    {
        int matrix = Group.IdxX % GpuTensorCore.WarpSize / 8;
        return GpuTileMemory.PlaceOf(first + (matrix % 2 * 8) + (Group.IdxX % 8), matrix / 2) * 4;
    }

    // 16 of the inner index are 16 rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextLeftHalf(int word) => word + (16 * GpuTileMemory.RowWords);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextRightHalf(int word) => NextLeftHalf(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadLeft<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement => Load(shared, word, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadRight<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement => Load(shared, word, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static GpuFragment Load(ArrayView<uint> shared, int word, int index) =>
        GpuTensorCore.LoadMatricesTransposed(shared, word ^ (index % 2 * 8), index / 2 * PieceWords);
}

/// <summary>
/// The same for elements of 32 bits, which no matrix load transposes: every thread loads its words one by one. A row of shared memory is one inner index with 16 rows or columns of the result, and a
/// fragment is 16 rows, of which each half of the inner index has 8. A product may take the inner index in any order that both operands share, and thread t takes the rows t % 4 + t / 2 % 2 * 2 and, as the
/// fifth to eighth, those two further on: of rows 0, 1, 4 and 5 the swizzle lays 8 channels at the beginning and at the end of rows of both parities, so 32 threads read every bank once.
/// </summary>
internal struct GpuTransposedWordLoads : IGpuTileLoads
{
    // Half of a step, and a fragment, which is half of a piece.
    private const int HalfWords = 8 * GpuTileMemory.RowWords;
    private const int FragmentWords = 16 * GpuTileMemory.RowWords;

    // Two rows on, which the swizzle turns into a changed bit beside.
    private const int NextRows = 2 * GpuTileMemory.RowWords;
    private const int NextRowsBit = 4;

    // Two chunks on.
    private const int NextChunksBit = 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int LeftWord(int first) => WordOf(first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int RightWord(int first) => WordOf(first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextLeftHalf(int word) => word + HalfWords;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextRightHalf(int word) => NextLeftHalf(word);

    // A and B are row t / 4 and 8 further, C and D the same of the second inner index.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadLeft<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement
    {
        GpuFragment loaded = new()
        {
            A = GpuTensorCore.LoadWord(shared, word, index * FragmentWords),
            B = GpuTensorCore.LoadWord(shared, word ^ NextChunksBit, index * FragmentWords),
            C = GpuTensorCore.LoadWord(shared, word ^ NextRowsBit, (index * FragmentWords) + NextRows),
            D = GpuTensorCore.LoadWord(shared, word ^ NextRowsBit ^ NextChunksBit, (index * FragmentWords) + NextRows),
        };
        return default(TElement).Round(loaded);
    }

    // A and B are both inner indices of column t / 4, C and D of the column 8 further: the same words in another order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment LoadRight<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement
    {
        GpuFragment loaded = LoadLeft<TElement>(shared, word, index);
        return new GpuFragment { A = loaded.A, B = loaded.C, C = loaded.B, D = loaded.D };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WordOf(int first)
    {
        int inner = (Group.IdxX % 4) + (Group.IdxX & 2);
        int channel = Group.IdxX % GpuTensorCore.WarpSize / 4;
        return (GpuTileMemory.PlaceOf(first + inner, channel / 4) * 4) + (channel % 4);
    }
}
