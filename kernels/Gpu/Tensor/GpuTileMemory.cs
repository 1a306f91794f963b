using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// How operands lie in shared memory. A row is 64 bytes, four chunks of 16, of the inner index; chunk c of row r lies at place c ^ (r / 2 % 4) of the row.
/// Shared memory has 32 banks of 4 bytes, so two rows cover all banks once. A matrix load reads the same chunk of 8 consecutive rows: by the exclusive
/// or they lie at 4 places of even and 4 of odd rows, which are all banks once; unswizzled, four rows would share each bank. A copy of 8 threads writes two
/// whole rows.
/// </summary>
internal static class GpuTileMemory
{
    /// <summary>Words of one row.</summary>
    public const int RowWords = 16;

    /// <summary>Chunks of 16 bytes of one row.</summary>
    public const int RowChunks = 4;

    /// <summary>Bytes of one row.</summary>
    public const int RowBytes = 64;

    // Words of 16 rows: what separates one fragment from the next.
    private const int FragmentWords = 16 * RowWords;

    /// <summary>Place of a chunk, counted in chunks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PlaceOf(int row, int chunk) => (row * RowChunks) + (chunk ^ (row / 2 % 4));

    /// <summary>The word that this thread names to load 16 rows x 32 bytes of the left operand: matrices 0 and 1 are its upper and lower 8 rows, 2 and 3 the next 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LeftWord(int firstRow)
    {
        int matrix = Group.IdxX % GpuTensorCore.WarpSize / 8;
        return PlaceOf(firstRow + (matrix % 2 * 8) + (Group.IdxX % 8), matrix / 2) * 4;
    }

    /// <summary>Likewise of the right operand: matrices 0 and 1 are the first 8 rows' 32 bytes, 2 and 3 those of the next 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RightWord(int firstRow)
    {
        int matrix = Group.IdxX % GpuTensorCore.WarpSize / 8;
        return PlaceOf(firstRow + (matrix / 2 * 8) + (Group.IdxX % 8), matrix % 2) * 4;
    }

    /// <summary>The same word 32 bytes further along the rows: two chunks on, which the swizzle turns into a changed bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int NextHalf(int word) => word ^ 8;

    /// <summary>Loads fragment number <paramref name="index"/>, 16 rows each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GpuFragment Load<TElement>(ArrayView<uint> shared, int word, int index)
        where TElement : struct, IGpuElement => default(TElement).Round(GpuTensorCore.LoadMatrices(shared, word + (index * FragmentWords)));
}
