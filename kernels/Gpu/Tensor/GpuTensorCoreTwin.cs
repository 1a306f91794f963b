using System.Runtime.CompilerServices;
using ILGPU;

namespace STUNet.Kernels;

/// <summary>
/// <see cref="GpuTensorCore"/> in C#, for OpenCL: threads of a warp exchange data through shared memory, copies are made at once. Every call in a
/// kernel has shared memory of its own, so one barrier does: between two runs of the same call, as in a loop, there must be another. Products are exact in float32, and sums are added
/// in the order of the inner index, in float32; tensor cores add them in an order of their own.
/// </summary>
internal static class GpuTensorCoreTwin
{
    // Threads of the largest group.
    private const int GroupSize = 128;

    public static GpuFragment LoadMatrices(ArrayView<uint> shared, int word, int offset)
    {
        ArrayView<int> rows = SharedMemory.Allocate<int>(GroupSize);
        rows[Group.IdxX] = word + offset;
        Group.Barrier();
        int lane = Group.IdxX % GpuTensorCore.WarpSize;
        int row = Group.IdxX - lane + (lane / 4);
        int column = lane % 4;
        return new GpuFragment
        {
            A = shared[rows[row] + column],
            B = shared[rows[row + 8] + column],
            C = shared[rows[row + 16] + column],
            D = shared[rows[row + 24] + column],
        };
    }

    public static GpuFragment LoadMatricesTransposed(ArrayView<uint> shared, int word, int offset)
    {
        ArrayView<int> rows = SharedMemory.Allocate<int>(GroupSize);
        rows[Group.IdxX] = word + offset;
        Group.Barrier();
        int lane = Group.IdxX % GpuTensorCore.WarpSize;
        int row = Group.IdxX - lane + (2 * (lane % 4));
        int column = lane / 4;
        return new GpuFragment
        {
            A = Pair(shared, rows[row], rows[row + 1], column),
            B = Pair(shared, rows[row + 8], rows[row + 9], column),
            C = Pair(shared, rows[row + 16], rows[row + 17], column),
            D = Pair(shared, rows[row + 24], rows[row + 25], column),
        };
    }

    public static GpuFragment LoadChunk(ArrayView<uint> shared, int word, int offset) => new()
    {
        A = shared[word + offset],
        B = shared[word + offset + 1],
        C = shared[word + offset + 2],
        D = shared[word + offset + 3],
    };

    public static uint LoadWord(ArrayView<uint> shared, int word, int offset) => shared[word + offset];

    public static GpuTileRow MultiplyF16(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupSize * FloatsOfPairs);
        Share(shared, FromF16(left.A), FromF16(left.B), FromF16(left.C), FromF16(left.D), 0);
        Share(shared, FromF16(left.A >> 16), FromF16(left.B >> 16), FromF16(left.C >> 16), FromF16(left.D >> 16), 1);
        Share(shared, FromF16(right.A), FromF16(right.B), FromF16(right.C), FromF16(right.D), 2);
        Share(shared, FromF16(right.A >> 16), FromF16(right.B >> 16), FromF16(right.C >> 16), FromF16(right.D >> 16), 3);
        Share(shared, FromF16(next.A), FromF16(next.B), FromF16(next.C), FromF16(next.D), 4);
        Share(shared, FromF16(next.A >> 16), FromF16(next.B >> 16), FromF16(next.C >> 16), FromF16(next.D >> 16), 5);
        return MultiplyPairs(sum, shared);
    }

    public static GpuTileRow MultiplyBF16(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupSize * FloatsOfPairs);
        Share(shared, FromBF16(left.A), FromBF16(left.B), FromBF16(left.C), FromBF16(left.D), 0);
        Share(shared, FromBF16(left.A >> 16), FromBF16(left.B >> 16), FromBF16(left.C >> 16), FromBF16(left.D >> 16), 1);
        Share(shared, FromBF16(right.A), FromBF16(right.B), FromBF16(right.C), FromBF16(right.D), 2);
        Share(shared, FromBF16(right.A >> 16), FromBF16(right.B >> 16), FromBF16(right.C >> 16), FromBF16(right.D >> 16), 3);
        Share(shared, FromBF16(next.A), FromBF16(next.B), FromBF16(next.C), FromBF16(next.D), 4);
        Share(shared, FromBF16(next.A >> 16), FromBF16(next.B >> 16), FromBF16(next.C >> 16), FromBF16(next.D >> 16), 5);
        return MultiplyPairs(sum, shared);
    }

    public static GpuTileRow MultiplyTF32(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupSize * FloatsOfPairs);
        Share(shared, FromTF32(left.A), FromTF32(left.B), FromTF32(left.C), FromTF32(left.D), 0);
        Share(shared, FromTF32(right.A), FromTF32(right.B), FromTF32(right.C), FromTF32(right.D), 2);
        Share(shared, FromTF32(next.A), FromTF32(next.B), FromTF32(next.C), FromTF32(next.D), 4);
        Group.Barrier();
        for (int half = 0; half < 2; half++)
        {
            for (int thread = 0; thread < 4; thread++)
                sum = AddProducts(sum, shared, half, thread, 0);
        }

        return sum;
    }

    public static void CopyAsync(ArrayView<GpuWord4> target, int targetIndex, ArrayView<GpuWord4> source, int sourceIndex, int bytes)
    {
        GpuWord4 copied = default;
        if (bytes > 0)
        {
            copied = source[sourceIndex];
            copied.X &= Mask(bytes);
            copied.Y &= Mask(bytes - 4);
            copied.Z &= Mask(bytes - 8);
            copied.W &= Mask(bytes - 12);
        }

        target[targetIndex] = copied;
    }

    public static void CopyChunkAsync(ArrayView<GpuWord4> target, int targetIndex, int offset, ArrayView<GpuWord4> source, int sourceIndex, int exists)
    {
        GpuWord4 copied = default;
        if (exists != 0)
            copied = source[sourceIndex];
        target[targetIndex + offset] = copied;
    }

    public static void JoinWarp()
    {
    }

    public static void CommitCopies()
    {
    }

    public static void WaitForCopies(int pending)
    {
    }

    public static uint PackF16(float low, float high) => GpuFloatBits.ToHalf(Interop.FloatAsInt(low)) | (GpuFloatBits.ToHalf(Interop.FloatAsInt(high)) << 16);

    public static float UnpackF16(uint bits) => FromF16(bits);

    public static uint PackBF16(float low, float high) =>
        (GpuFloatBits.ToBFloat16(Interop.FloatAsInt(low)) & 0xFFFF) | (GpuFloatBits.ToBFloat16(Interop.FloatAsInt(high)) << 16);

    public static uint RoundToTF32(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        return (bits & 0x7F800000) == 0x7F800000 ? bits : (bits + 0x1000) & 0xFFFFE000;
    }

    // The words of left, right and next as two floats each: those of their lower halves, then of their upper ones.
    private const int FloatsOfPairs = 24;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Share(ArrayView<float> shared, float a, float b, float c, float d, int fragment)
    {
        int first = (Group.IdxX * FloatsOfPairs) + (4 * fragment);
        shared[first] = a;
        shared[first + 1] = b;
        shared[first + 2] = c;
        shared[first + 3] = d;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static GpuTileRow MultiplyPairs(GpuTileRow sum, ArrayView<float> shared)
    {
        Group.Barrier();
        for (int half = 0; half < 2; half++)
        {
            for (int inner = 0; inner < 8; inner++)
                sum = AddProducts(sum, shared, half, inner / 2, inner % 2);
        }

        return sum;
    }

    // Adds the products of one inner index, whose elements the threads 4 * row + thread hold. Of the left operand's words A and B are the upper and lower rows
    // of the first half of the inner index, C and D of the second; of the right one's A and B are both halves of one column, C and D of one 8 further.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static GpuTileRow AddProducts(GpuTileRow sum, ArrayView<float> shared, int half, int thread, int upper)
    {
        int lane = Group.IdxX % GpuTensorCore.WarpSize;
        int warp = Group.IdxX - lane;
        int left = ((warp + (lane / 4 * 4) + thread) * FloatsOfPairs) + (4 * upper) + (2 * half);
        int right = ((warp + (lane % 4 * 8) + thread) * FloatsOfPairs) + (4 * (2 + upper)) + half;
        int beside = right + (4 * FloatsOfPairs);
        float x = shared[left];
        float lower = shared[left + 1];
        Add(ref sum.A, x, lower, shared[right], shared[beside]);
        Add(ref sum.B, x, lower, shared[right + 2], shared[beside + 2]);
        Add(ref sum.C, x, lower, shared[right + 8], shared[beside + 8]);
        Add(ref sum.D, x, lower, shared[right + 10], shared[beside + 10]);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref GpuAccumulator sum, float x, float lower, float y, float beside)
    {
        sum.A += x * y;
        sum.B += x * beside;
        sum.C += lower * y;
        sum.D += lower * beside;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Pair(ArrayView<uint> shared, int row, int next, int column)
    {
        uint low = (shared[row + (column / 2)] >> (column % 2 * 16)) & 0xFFFF;
        uint high = (shared[next + (column / 2)] >> (column % 2 * 16)) & 0xFFFF;
        return low | (high << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Mask(int bytes) => bytes >= 4 ? 0xFFFFFFFF : bytes <= 0 ? 0 : (1u << (8 * bytes)) - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float FromF16(uint bits) => Interop.IntAsFloat(GpuFloatBits.FromHalf(bits & 0xFFFF));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float FromBF16(uint bits) => Interop.IntAsFloat(bits << 16);

    // Tensor cores read 19 of the 32 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float FromTF32(uint bits) => Interop.IntAsFloat(bits & 0xFFFFE000);
}
