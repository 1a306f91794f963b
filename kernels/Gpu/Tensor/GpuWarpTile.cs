using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>Told every 16 x 8 block of sums that a warp holds.</summary>
internal interface IGpuTileVisitor
{
    /// <summary>One block.</summary>
    /// <param name="row">Row of the group's tile that this thread's A and B belong to; C and D are 8 rows further down.</param>
    /// <param name="column">Column of the group's tile that A and C belong to; B and D are the next.</param>
    /// <param name="sum">The sums.</param>
    void Visit(int row, int column, GpuAccumulator sum);
}

/// <summary>The sums of one warp: rows x columns of the group's tile, in registers.</summary>
internal interface IGpuWarpTile
{
    /// <summary>Rows.</summary>
    int Rows { get; }

    /// <summary>Columns.</summary>
    int Columns { get; }

    /// <summary>Adds the products of half a step: 32 bytes of the inner index.</summary>
    /// <param name="shared">Shared memory, laid out as TLoads says.</param>
    /// <param name="left">The word this thread names of the first 16 rows of the result, in the left operand.</param>
    /// <param name="right">The word this thread names of the first 16 columns of the result, in the right operand.</param>
    void MultiplyAdd<TLoads>(ArrayView<uint> shared, int left, int right)
        where TLoads : struct, IGpuTileLoads;

    /// <summary>Adds a value to every column.</summary>
    /// <param name="values">The values.</param>
    /// <param name="column">First of the two columns that this thread's first block holds.</param>
    /// <param name="end">Columns from here on get none.</param>
    void AddToColumns(ArrayView<float> values, int column, int end);

    /// <summary>Shows all blocks, rows fastest.</summary>
    /// <param name="visitor">Told of each.</param>
    /// <param name="row">This thread's row in the first block.</param>
    /// <param name="column">This thread's column in it.</param>
    void Visit<TVisitor>(ref TVisitor visitor, int row, int column)
        where TVisitor : struct, IGpuTileVisitor;
}

/// <summary>16 x 32: four blocks side by side.</summary>
internal struct GpuTileRow
{
    public GpuAccumulator A;
    public GpuAccumulator B;
    public GpuAccumulator C;
    public GpuAccumulator D;

    /// <summary>Adds a value to every column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddToColumns(GpuColumnValues values)
    {
        Add(ref A, values.A0, values.A1);
        Add(ref B, values.B0, values.B1);
        Add(ref C, values.C0, values.C1);
        Add(ref D, values.D0, values.D1);
    }

    /// <summary>Shows the four blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Visit<TVisitor>(ref TVisitor visitor, int row, int column)
        where TVisitor : struct, IGpuTileVisitor
    {
        visitor.Visit(row, column, A);
        visitor.Visit(row, column + 8, B);
        visitor.Visit(row, column + 16, C);
        visitor.Visit(row, column + 24, D);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref GpuAccumulator sum, float left, float right)
    {
        sum.A += left;
        sum.B += right;
        sum.C += left;
        sum.D += right;
    }
}

/// <summary>One value for each of the columns that a thread holds of a <see cref="GpuTileRow"/>.</summary>
internal struct GpuColumnValues
{
    public float A0;
    public float A1;
    public float B0;
    public float B1;
    public float C0;
    public float C1;
    public float D0;
    public float D1;

    /// <summary>Reads them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GpuColumnValues From(ArrayView<float> values, int column, int end) => new()
    {
        A0 = At(values, column, end),
        A1 = At(values, column + 1, end),
        B0 = At(values, column + 8, end),
        B1 = At(values, column + 9, end),
        C0 = At(values, column + 16, end),
        C1 = At(values, column + 17, end),
        D0 = At(values, column + 24, end),
        D1 = At(values, column + 25, end),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float At(ArrayView<float> values, int column, int end) => column < end ? values[column] : 0;
}
