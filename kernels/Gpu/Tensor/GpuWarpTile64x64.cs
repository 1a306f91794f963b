using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>64 x 64 sums, 128 registers a thread: per fragment loaded, the most products of all tiles.</summary>
/// <typeparam name="TElement">What is multiplied.</typeparam>
internal struct GpuWarpTile64x64<TElement> : IGpuWarpTile
    where TElement : struct, IGpuTensorElement
{
    private const int Half = 32;
    private GpuWarpTile64x32<TElement> _left;
    private GpuWarpTile64x32<TElement> _right;

    public readonly int Rows => 64;

    public readonly int Columns => 2 * Half;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd<TLoads>(ArrayView<uint> shared, int left, int right)
        where TLoads : struct, IGpuTileLoads
    {
        GpuFragment a = default(TLoads).LoadLeft<TElement>(shared, left, 0);
        GpuFragment b = default(TLoads).LoadLeft<TElement>(shared, left, 1);
        GpuFragment c = default(TLoads).LoadLeft<TElement>(shared, left, 2);
        GpuFragment d = default(TLoads).LoadLeft<TElement>(shared, left, 3);
        _left.MultiplyAdd<TLoads>(shared, a, b, c, d, right, 0);
        _right.MultiplyAdd<TLoads>(shared, a, b, c, d, right, Half / 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddToColumns(ArrayView<float> values, int column, int end)
    {
        _left.AddToColumns(values, column, end);
        _right.AddToColumns(values, column + Half, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit<TVisitor>(ref TVisitor visitor, int row, int column)
        where TVisitor : struct, IGpuTileVisitor
    {
        _left.Visit(ref visitor, row, column);
        _right.Visit(ref visitor, row, column + Half);
    }
}
