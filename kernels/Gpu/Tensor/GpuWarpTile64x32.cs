using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>64 x 32 sums, 64 registers a thread.</summary>
/// <typeparam name="TElement">What is multiplied.</typeparam>
internal struct GpuWarpTile64x32<TElement> : IGpuWarpTile
    where TElement : struct, IGpuTensorElement
{
    private GpuTileRow _a;
    private GpuTileRow _b;
    private GpuTileRow _c;
    private GpuTileRow _d;

    public readonly int Rows => 64;

    public readonly int Columns => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd<TLoads>(ArrayView<uint> shared, int left, int right)
        where TLoads : struct, IGpuTileLoads
    {
        GpuFragment a = default(TLoads).LoadLeft<TElement>(shared, left, 0);
        GpuFragment b = default(TLoads).LoadLeft<TElement>(shared, left, 1);
        GpuFragment c = default(TLoads).LoadLeft<TElement>(shared, left, 2);
        GpuFragment d = default(TLoads).LoadLeft<TElement>(shared, left, 3);
        MultiplyAdd<TLoads>(shared, a, b, c, d, right, 0);
    }

    /// <summary>The same with the left operand loaded, and from fragment <paramref name="first"/> of the right one on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd<TLoads>(ArrayView<uint> shared, GpuFragment a, GpuFragment b, GpuFragment c, GpuFragment d, int right, int first)
        where TLoads : struct, IGpuTileLoads
    {
        GpuFragment near = default(TLoads).LoadRight<TElement>(shared, right, first);
        GpuFragment far = default(TLoads).LoadRight<TElement>(shared, right, first + 1);
        _a = default(TElement).Multiply(_a, a, near, far);
        _b = default(TElement).Multiply(_b, b, near, far);
        _c = default(TElement).Multiply(_c, c, near, far);
        _d = default(TElement).Multiply(_d, d, near, far);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddToColumns(ArrayView<float> values, int column, int end)
    {
        GpuColumnValues columns = GpuColumnValues.From(values, column, end);
        _a.AddToColumns(columns);
        _b.AddToColumns(columns);
        _c.AddToColumns(columns);
        _d.AddToColumns(columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit<TVisitor>(ref TVisitor visitor, int row, int column)
        where TVisitor : struct, IGpuTileVisitor
    {
        _a.Visit(ref visitor, row, column);
        _b.Visit(ref visitor, row + 16, column);
        _c.Visit(ref visitor, row + 32, column);
        _d.Visit(ref visitor, row + 48, column);
    }
}
