using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// 32 x 32 sums, 32 registers a thread, of float32 products without tensor cores: every thread multiplies 4 rows by 8 columns, four inner indices after the other. A sum is a chain of fused multiply-adds
/// in the order of the inner index, so its bits are those of any other tile, and of OpenCL.
/// </summary>
internal struct GpuRegisterTile32x32 : IGpuWarpTile
{
    private GpuTileRow _a;
    private GpuTileRow _b;

    public readonly int Rows => 32;

    public readonly int Columns => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd<TLoads>(ArrayView<uint> shared, int left, int right)
        where TLoads : struct, IGpuTileLoads
    {
        MultiplyAdd<TLoads>(GpuRegisterColumns.Load<TLoads>(shared, right, 0), shared, left, 0);
        MultiplyAdd<TLoads>(GpuRegisterColumns.Load<TLoads>(shared, right, GpuRegisterLoads.FragmentsOfChunk), shared, left, GpuRegisterLoads.FragmentsOfChunk);
    }

    /// <summary>The same with the right operand's four inner indices loaded, of the left one the fragments from <paramref name="first"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MultiplyAdd<TLoads>(GpuRegisterColumns columns, ArrayView<uint> shared, int left, int first)
        where TLoads : struct, IGpuTileLoads
    {
        columns.MultiplyAdd<TLoads>(ref _a, shared, left, first);
        columns.MultiplyAdd<TLoads>(ref _b, shared, left, first + 2);
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

/// <summary>A thread's 8 columns of the right operand, four inner indices of each.</summary>
internal struct GpuRegisterColumns
{
    private GpuFragment _a0;
    private GpuFragment _a1;
    private GpuFragment _b0;
    private GpuFragment _b1;
    private GpuFragment _c0;
    private GpuFragment _c1;
    private GpuFragment _d0;
    private GpuFragment _d1;

    /// <summary>Loads them.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="word">The word that this thread names of the right operand.</param>
    /// <param name="first">The first fragment, a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GpuRegisterColumns Load<TLoads>(ArrayView<uint> shared, int word, int first)
        where TLoads : struct, IGpuTileLoads => new()
        {
            _a0 = default(TLoads).LoadRight<GpuElementF32>(shared, word, first),
            _a1 = default(TLoads).LoadRight<GpuElementF32>(shared, word, first + 1),
            _b0 = default(TLoads).LoadRight<GpuElementF32>(shared, word, first + 2),
            _b1 = default(TLoads).LoadRight<GpuElementF32>(shared, word, first + 3),
            _c0 = default(TLoads).LoadRight<GpuElementF32>(shared, word, first + 4),
            _c1 = default(TLoads).LoadRight<GpuElementF32>(shared, word, first + 5),
            _d0 = default(TLoads).LoadRight<GpuElementF32>(shared, word, first + 6),
            _d1 = default(TLoads).LoadRight<GpuElementF32>(shared, word, first + 7),
        };

    /// <summary>Adds the products with two rows 8 apart to 16 x 32 sums.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="shared">Shared memory.</param>
    /// <param name="word">The word that this thread names of the left operand.</param>
    /// <param name="fragment">The upper row's fragment, a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MultiplyAdd<TLoads>(ref GpuTileRow sums, ArrayView<uint> shared, int word, int fragment)
        where TLoads : struct, IGpuTileLoads
    {
        GpuFragment upper = default(TLoads).LoadLeft<GpuElementF32>(shared, word, fragment);
        GpuFragment lower = default(TLoads).LoadLeft<GpuElementF32>(shared, word, fragment + 1);
        sums.A = Add(sums.A, upper, lower, _a0, _a1);
        sums.B = Add(sums.B, upper, lower, _b0, _b1);
        sums.C = Add(sums.C, upper, lower, _c0, _c1);
        sums.D = Add(sums.D, upper, lower, _d0, _d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static GpuAccumulator Add(GpuAccumulator sum, GpuFragment upper, GpuFragment lower, GpuFragment column, GpuFragment next) => new()
    {
        A = Add(sum.A, upper, column),
        B = Add(sum.B, upper, next),
        C = Add(sum.C, lower, column),
        D = Add(sum.D, lower, next),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Add(float sum, GpuFragment row, GpuFragment column)
    {
        sum = Product(row.A, column.A, sum);
        sum = Product(row.B, column.B, sum);
        sum = Product(row.C, column.C, sum);
        return Product(row.D, column.D, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Product(uint left, uint right, float sum) => GpuTensorCore.MultiplyAdd(Interop.IntAsFloat(left), Interop.IntAsFloat(right), sum);
}
