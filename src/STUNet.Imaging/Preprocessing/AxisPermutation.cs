using STUNet.Core;

namespace STUNet.Imaging.Preprocessing;

/// <summary>A reordering of the three axes as the plans' <c>transpose_forward</c> and <c>transpose_backward</c> write it: new axis a is old axis <c>this[a]</c>.</summary>
public readonly record struct AxisPermutation
{
    private readonly Int3 _order;

    /// <summary>Creates the reordering.</summary>
    /// <param name="first">The old axis that becomes axis 0.</param>
    /// <param name="second">The old axis that becomes axis 1.</param>
    /// <param name="third">The old axis that becomes axis 2.</param>
    /// <exception cref="InvalidRequestException">The three are not 0, 1 and 2 in some order.</exception>
    public AxisPermutation(int first, int second, int third)
    {
        int seen = 0;
        foreach (int axis in (ReadOnlySpan<int>)[first, second, third])
            seen |= axis is >= 0 and < 3 ? 1 << axis : 0;
        if (seen != 7)
            throw new InvalidRequestException($"The transpose [{first}, {second}, {third}] must name the axes 0, 1 and 2 once each; correct it in the plans.");
        _order = new Int3(first, second, third);
    }

    /// <summary>Changes nothing.</summary>
    public static AxisPermutation Identity => new(0, 1, 2);

    /// <summary>Whether it changes nothing.</summary>
    public bool IsIdentity => _order == new Int3(0, 1, 2);

    /// <summary>The reordering that undoes this one.</summary>
    public AxisPermutation Inverse
    {
        get
        {
            Span<int> inverse = stackalloc int[3];
            for (int axis = 0; axis < 3; axis++)
                inverse[_order[axis]] = axis;
            return new AxisPermutation(inverse[0], inverse[1], inverse[2]);
        }
    }

    /// <summary>The old axis that becomes an axis.</summary>
    /// <param name="axis">The new axis.</param>
    public int this[int axis] => _order[axis];

    /// <summary>Reorders a size.</summary>
    /// <param name="size">In the old order.</param>
    public Int3 Apply(Int3 size) => new(size[_order.D], size[_order.H], size[_order.W]);

    /// <summary>Reorders a spacing.</summary>
    /// <param name="spacing">In the old order.</param>
    public Spacing Apply(Spacing spacing) => new(spacing[_order.D], spacing[_order.H], spacing[_order.W]);

    /// <summary>Reorders a volume.</summary>
    /// <typeparam name="T">Type of a voxel.</typeparam>
    /// <param name="source">The volume in the old order, C order.</param>
    /// <param name="size">Its size in the old order.</param>
    /// <param name="target">Receives the volume in the new order; must not overlap the source.</param>
    /// <param name="pool">The workers.</param>
    public void Apply<T>(ReadOnlyMemory<T> source, Int3 size, Memory<T> target, WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, size.Product);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, size.Product);
        if (IsIdentity)
        {
            source.CopyTo(target);
            return;
        }

        Int3 newSize = Apply(size);
        Int3 strides = Apply(new Int3(size.H * size.W, size.W, 1));
        pool.Run(newSize.D, z =>
        {
            ReadOnlySpan<T> from = source.Span;
            Span<T> to = target.Span;
            for (int y = 0; y < newSize.H; y++)
            {
                int start = z * strides.D + y * strides.H;
                Span<T> line = to.Slice((z * newSize.H + y) * newSize.W, newSize.W);
                for (int x = 0; x < line.Length; x++)
                    line[x] = from[start + x * strides.W];
            }
        });
    }
}
