using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>Copies a tile's columns of one step of the packed weights, [step, oc, 64 bytes], to shared memory: the right operand as it lies. Columns that do not exist are zeros.</summary>
internal static class Conv3dTensorPackedWeight
{
    private const int Stride = GpuBlock.RowsAtOnce * GpuTileMemory.RowChunks;

    /// <summary>This thread's chunk of the first columns of a step; the next step's lies the output channels times the chunks of a row further.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="step">The step of the packed weights.</param>
    /// <param name="firstColumn">The tile's first output channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ChunkOf(in Conv3dTensorArguments k, int step, int firstColumn) =>
        (((step * k.Output.Channels) + firstColumn) * GpuTileMemory.RowChunks) + Group.IdxX;

    /// <summary>Begins to copy.</summary>
    /// <param name="k">The problem.</param>
    /// <param name="chunk">The thread's chunk.</param>
    /// <param name="columns">Columns from the tile's first on that exist.</param>
    /// <param name="target">Shared memory.</param>
    /// <param name="place">The thread's place in the stage.</param>
    /// <param name="offset">Where the right operand begins in the stage, a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy<TBlock>(in Conv3dTensorArguments k, int chunk, int columns, ArrayView<GpuWord4> target, int place, int offset)
        where TBlock : struct, IGpuBlockTile
    {
        int row = Group.IdxX / GpuTileMemory.RowChunks;
        Copy(k.Weight, row < columns, chunk, target, place, offset);
        if (default(TBlock).Columns > GpuBlock.RowsAtOnce)
            Copy(k.Weight, row + GpuBlock.RowsAtOnce < columns, chunk + Stride, target, place, offset + Stride);
        if (default(TBlock).Columns > 2 * GpuBlock.RowsAtOnce)
        {
            Copy(k.Weight, row + (2 * GpuBlock.RowsAtOnce) < columns, chunk + (2 * Stride), target, place, offset + (2 * Stride));
            Copy(k.Weight, row + (3 * GpuBlock.RowsAtOnce) < columns, chunk + (3 * Stride), target, place, offset + (3 * Stride));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(ArrayView<GpuWord4> source, bool exists, int index, ArrayView<GpuWord4> target, int place, int offset) =>
        GpuTensorCore.CopyChunkAsync(target, place, offset, source, index, exists ? 1 : 0);
}
