using ILGPU;
using ILGPU.IR.Intrinsics;

namespace STUNet.Kernels;

/// <summary>
/// Instructions of NVIDIA GPUs from compute capability 8.0 on that C# has no words for. On CUDA each is PTX instructions on registers
/// (<see cref="GpuTensorCorePtx"/>); on OpenCL <see cref="GpuTensorCoreTwin"/> does the same through shared memory. ILGPU puts one or the other in the place of these
/// placeholders while it compiles.
/// </summary>
/// <remarks>Threads of a group are counted by <c>Group.IdxX</c>, 32 a warp; every thread of a group must meet every call that exchanges data among threads.</remarks>
internal static class GpuTensorCore
{
    /// <summary>Threads of a warp.</summary>
    public const int WarpSize = 32;

    /// <summary>
    /// Reads four matrices of 8 rows by 16 bytes from shared memory: thread t of the warp names row t % 8 of matrix t / 8. Exchanges data.
    /// </summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="word">First word of the row this thread names, less the offset; a multiple of 4.</param>
    /// <param name="offset">Words between that and the row, a constant: it is part of the instruction.</param>
    [IntrinsicImplementation]
    public static GpuFragment LoadMatrices(ArrayView<uint> shared, int word, int offset) => default;

    /// <summary>
    /// As <see cref="LoadMatrices"/>, each matrix of 8 x 8 elements of 16 bits transposed: thread t gets of matrix j the elements (2 * (t % 4), t / 4) and
    /// (2 * (t % 4) + 1, t / 4). Exchanges data.
    /// </summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="word">First word of the row this thread names, less the offset; a multiple of 4.</param>
    /// <param name="offset">Words between that and the row, a constant.</param>
    [IntrinsicImplementation]
    public static GpuFragment LoadMatricesTransposed(ArrayView<uint> shared, int word, int offset) => default;

    /// <summary>Reads 16 bytes of shared memory, each thread its own.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="word">The first word, less the offset; a multiple of 4.</param>
    /// <param name="offset">What is to be added to that, a constant: it is part of the instruction.</param>
    [IntrinsicImplementation]
    public static GpuFragment LoadChunk(ArrayView<uint> shared, int word, int offset) => default;

    /// <summary>Reads one word of shared memory.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="word">The word, less the offset.</param>
    /// <param name="offset">What is to be added to that, a constant: it is part of the instruction.</param>
    [IntrinsicImplementation]
    public static uint LoadWord(ArrayView<uint> shared, int word, int offset) => default;

    /// <summary>
    /// sum + left * right for a 16 x 16 left and a 16 x 32 right operand of pairs of binary16: four instructions, mma.m16n8k16, one for each 8 columns. Exchanges
    /// data.
    /// </summary>
    /// <param name="sum">The sums so far.</param>
    /// <param name="left">Left operand.</param>
    /// <param name="right">
    /// First 16 columns of the right operand, as of its transpose: A and B are rows 2 * (t % 4) and 8 + 2 * (t % 4) with the next of column t / 4, C and D of column 8 + t / 4.
    /// </param>
    /// <param name="next">Last 16 columns.</param>
    [IntrinsicImplementation]
    public static GpuTileRow MultiplyF16(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next) => sum;

    /// <summary>As <see cref="MultiplyF16"/> for pairs of bfloat16. Exchanges data.</summary>
    /// <param name="sum">The sums so far.</param>
    /// <param name="left">Left operand.</param>
    /// <param name="right">First 16 columns of the right operand.</param>
    /// <param name="next">Last 16 columns.</param>
    [IntrinsicImplementation]
    public static GpuTileRow MultiplyBF16(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next) => sum;

    /// <summary>
    /// sum + left * right for a 16 x 8 left and an 8 x 32 right operand of TF32, the bits of float32 rounded by <see cref="RoundToTF32"/>: four instructions,
    /// mma.m16n8k8. Words lie as pairs do in <see cref="MultiplyF16"/>. Exchanges data.
    /// </summary>
    /// <param name="sum">The sums so far.</param>
    /// <param name="left">Left operand.</param>
    /// <param name="right">First 16 columns of the right operand.</param>
    /// <param name="next">Last 16 columns.</param>
    [IntrinsicImplementation]
    public static GpuTileRow MultiplyTF32(GpuTileRow sum, GpuFragment left, GpuFragment right, GpuFragment next) => sum;

    /// <summary>
    /// Begins to copy 16 bytes from global to shared memory. The first <paramref name="bytes"/> are copied, the rest is zeros; the source is not
    /// read past them.
    /// </summary>
    /// <param name="target">Shared memory.</param>
    /// <param name="targetIndex">Index in it.</param>
    /// <param name="source">Global memory.</param>
    /// <param name="sourceIndex">Index in it; valid even where nothing is copied.</param>
    /// <param name="bytes">0 to 16.</param>
    [IntrinsicImplementation]
    public static void CopyAsync(ArrayView<GpuWord4> target, int targetIndex, ArrayView<GpuWord4> source, int sourceIndex, int bytes)
    {
    }

    /// <summary>Begins to copy 16 bytes from global to shared memory, or to store zeros there. Fewer instructions than <see cref="CopyAsync"/>, which finds out what part is zeros.</summary>
    /// <param name="target">Shared memory.</param>
    /// <param name="targetIndex">Index in it, less the offset.</param>
    /// <param name="offset">What is to be added to that, a constant: it is part of the instruction.</param>
    /// <param name="source">Global memory.</param>
    /// <param name="sourceIndex">Index in it; does not matter where nothing is copied.</param>
    /// <param name="exists">0 for zeros.</param>
    [IntrinsicImplementation]
    public static void CopyChunkAsync(ArrayView<GpuWord4> target, int targetIndex, int offset, ArrayView<GpuWord4> source, int sourceIndex, int exists)
    {
    }

    /// <summary>Brings the threads of a warp together again, as instructions that exchange data want them, after branches of their own. Not a barrier: it orders nothing between warps.</summary>
    [IntrinsicImplementation]
    public static void JoinWarp()
    {
    }

    /// <summary>Makes one batch of the copies this thread has begun since the last batch.</summary>
    [IntrinsicImplementation]
    public static void CommitCopies()
    {
    }

    /// <summary>Waits until at most a number of this thread's latest batches are still under way; a barrier must follow before others read.</summary>
    /// <param name="pending">The number, a constant.</param>
    [IntrinsicImplementation]
    public static void WaitForCopies(int pending)
    {
    }

    /// <summary>a * b + c, rounded once.</summary>
    /// <param name="a">Factor.</param>
    /// <param name="b">Factor.</param>
    /// <param name="c">Summand.</param>
    [IntrinsicImplementation]
    public static float MultiplyAdd(float a, float b, float c) => (a * b) + c;

    /// <summary>Two floats as a pair of binary16, to nearest, ties to even.</summary>
    /// <param name="low">Becomes bits 0 to 15.</param>
    /// <param name="high">Becomes bits 16 to 31.</param>
    [IntrinsicImplementation]
    public static uint PackF16(float low, float high) => default;

    /// <summary>Two floats as a pair of bfloat16, to nearest, ties to even.</summary>
    /// <param name="low">Becomes bits 0 to 15.</param>
    /// <param name="high">Becomes bits 16 to 31.</param>
    [IntrinsicImplementation]
    public static uint PackBF16(float low, float high) => default;

    /// <summary>The value of a binary16; exact.</summary>
    /// <param name="bits">Its bits in the lower half; the upper half does not matter.</param>
    [IntrinsicImplementation]
    public static float UnpackF16(uint bits) => default;

    /// <summary>A float rounded to 10 bits of mantissa, to nearest, ties away from zero; as the bits of a float32.</summary>
    /// <param name="value">The value.</param>
    [IntrinsicImplementation]
    public static uint RoundToTF32(float value) => default;
}
