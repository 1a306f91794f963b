using System.Collections.Immutable;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>A strided view of a storage: element (i, j, ...) is storage element Offset + i * Strides[0] + j * Strides[1] + ...</summary>
internal sealed class TorchTensor
{
    // An expanded tensor (stride 0) may have more elements than its storage; this is as far as that may go.
    private const long MaxExpanded = 1 << 24;

    private TorchTensor(TorchStorage storage, ElementType elementType, long offset, ImmutableArray<int> shape, ImmutableArray<long> strides) =>
        (Storage, ElementType, Offset, Shape, Strides) = (storage, elementType, offset, shape, strides);

    public TorchStorage Storage { get; }

    public ElementType ElementType { get; }

    /// <summary>First element, counted in elements of <see cref="ElementType"/>.</summary>
    public long Offset { get; }

    public ImmutableArray<int> Shape { get; }

    public ImmutableArray<long> Strides { get; }

    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Whether the elements lie one behind the other in C order.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int axis = Shape.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected)
                    return Shape.Contains(0);
                expected *= Shape[axis];
            }

            return true;
        }
    }

    /// <summary>The view, or null and the reason when it does not lie within its storage.</summary>
    public static TorchTensor? Create(
        TorchStorage storage, ElementType elementType, long offset, long[] shape, long[] strides, out string? problem)
    {
        problem = Problem(storage.ByteLength / elementType.Size(), offset, shape, strides);
        return problem is null
            ? new TorchTensor(storage, elementType, offset, [.. shape.Select(size => (int)size)], [.. strides])
            : null;
    }

    private static string? Problem(long elements, long offset, long[] shape, long[] strides)
    {
        if (shape.Any(size => size is < 0 or > int.MaxValue) || strides.Any(stride => stride < 0) || offset < 0)
            return "a size, stride or offset is negative or too large";
        if (shape.Contains(0))
            return offset <= elements ? null : "the offset lies behind the storage";
        Int128 last = offset;
        Int128 count = 1;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            last += (Int128)(shape[axis] - 1) * strides[axis];
            count = Int128.Min(count * shape[axis], long.MaxValue);
        }

        if (last >= elements)
            return $"it reaches beyond its storage of {elements} elements";
        return count > Math.Max(elements, MaxExpanded) ? "it repeats its storage too often" : null;
    }
}
