using System.Runtime.CompilerServices;

namespace STUNet.Kernels;

/// <summary>
/// How operands lie in shared memory. A row is 64 bytes, four chunks of 16; chunk c of row r lies at place c ^ (r / 2 % 4) of the row. What a row is,
/// <see cref="IGpuTileLoads"/> says.
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

    /// <summary>Place of a chunk, counted in chunks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PlaceOf(int row, int chunk) => (row * RowChunks) + (chunk ^ (row / 2 % 4));
}
