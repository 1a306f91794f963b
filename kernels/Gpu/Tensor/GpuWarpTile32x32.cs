using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>32 x 32 sums, 32 registers a thread.</summary>
/// <typeparam name="TElement">What is multiplied.</typeparam>
internal struct GpuWarpTile32x32<TElement> : IGpuWarpTile
    where TElement : struct, IGpuTensorElement
{
    private GpuTileRow _a;
    private GpuTileRow _b;

    public readonly int Rows => 32;

    public readonly int Columns => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd<TLoads>(ArrayView<uint> shared, int left, int right)
        where TLoads : struct, IGpuTileLoads
    {
        GpuFragment first = default(TLoads).LoadRight<TElement>(shared, right, 0);
        GpuFragment second = default(TLoads).LoadRight<TElement>(shared, right, 1);
        GpuFragment a = default(TLoads).LoadLeft<TElement>(shared, left, 0);
        GpuFragment b = default(TLoads).LoadLeft<TElement>(shared, left, 1);
        _a = default(TElement).Multiply(_a, a, first, second);
        _b = default(TElement).Multiply(_b, b, first, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddToColumns(ArrayView<float> values, int column, int end)
    {
        GpuColumnValues columns = GpuColumnValues.From(values, column, end);
        _a.AddToColumns(columns);
        _b.AddToColumns(columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit<TVisitor>(ref TVisitor visitor, int row, int column)
        where TVisitor : struct, IGpuTileVisitor
    {
        _a.Visit(ref visitor, row, column);
        _b.Visit(ref visitor, row + 16, column);
    }
}
