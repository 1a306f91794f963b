using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>64 x 32 float32 sums, 64 registers a thread: 8 rows by 8 columns, 16 loads of 16 bytes for 256 products.</summary>
internal struct GpuRegisterTile64x32 : IGpuWarpTile
{
    private const int Half = 32;
    private GpuRegisterTile32x32 _upper;
    private GpuRegisterTile32x32 _lower;

    public readonly int Rows => 2 * Half;

    public readonly int Columns => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd<TLoads>(ArrayView<uint> shared, int left, int right)
        where TLoads : struct, IGpuTileLoads
    {
        MultiplyChunk<TLoads>(shared, left, right, 0);
        MultiplyChunk<TLoads>(shared, left, right, GpuRegisterLoads.FragmentsOfChunk);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddToColumns(ArrayView<float> values, int column, int end)
    {
        _upper.AddToColumns(values, column, end);
        _lower.AddToColumns(values, column, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit<TVisitor>(ref TVisitor visitor, int row, int column)
        where TVisitor : struct, IGpuTileVisitor
    {
        _upper.Visit(ref visitor, row, column);
        _lower.Visit(ref visitor, row + Half, column);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MultiplyChunk<TLoads>(ArrayView<uint> shared, int left, int right, int first)
        where TLoads : struct, IGpuTileLoads
    {
        GpuRegisterColumns columns = GpuRegisterColumns.Load<TLoads>(shared, right, first);
        _upper.MultiplyAdd<TLoads>(columns, shared, left, first);
        _lower.MultiplyAdd<TLoads>(columns, shared, left, first + (Half / 8));
    }
}
