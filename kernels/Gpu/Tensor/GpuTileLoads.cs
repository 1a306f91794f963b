using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// How fragments come from shared memory. One stage is the left operand, then the right one, each in pieces of 32 rows of 64 bytes (<see cref="GpuTileMemory"/>); a
/// piece is 32 rows or columns of the result by 64 bytes of the inner index, one way or the other.
/// </summary>
internal interface IGpuTileLoads
{
    /// <summary>The word that this thread names to load the first 16 rows of the result by 32 bytes of the inner index.</summary>
    /// <param name="first">First row of the warp in the stage, a multiple of 32.</param>
    int LeftWord(int first);

    /// <summary>Likewise the first 16 columns.</summary>
    /// <param name="first">First column of the warp, counted behind the left operand's rows.</param>
    int RightWord(int first);

    /// <summary>The same word in the second half of the inner index.</summary>
    int NextHalf(int word);

    /// <summary>Loads fragment number <paramref name="index"/>, a constant, 16 rows or columns each.</summary>
    GpuFragment Load(ArrayView<uint> shared, int word, int index);
}

/// <summary>A row of shared memory is a row or column of the result, its 64 bytes lie along the inner index: what <c>ldmatrix</c> loads as it is.</summary>
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
    public readonly int NextHalf(int word) => word ^ 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment Load(ArrayView<uint> shared, int word, int index) => GpuTensorCore.LoadMatrices(shared, word, index * FragmentWords);
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
    public readonly int NextHalf(int word) => word + (16 * GpuTileMemory.RowWords);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly GpuFragment Load(ArrayView<uint> shared, int word, int index) =>
        GpuTensorCore.LoadMatricesTransposed(shared, word ^ (index % 2 * 8), index / 2 * PieceWords);
}
