using System.Reflection;
using ILGPU;
using ILGPU.Algorithms;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="GlobalNormGpu"/>'s bodies are told.</summary>
internal struct GlobalNormArguments
{
    /// <summary>Gradients, or partial sums.</summary>
    public ArrayView<float> X;

    /// <summary>Partial sums of these gradients, or the norm.</summary>
    public ArrayView<float> Y;
    public int Count;
}

/// <summary>
/// norm = sqrt(sum of all squares). One launch per input: one group adds up the squares of one piece, thread t those of elements t, t + 256, ..., and the
/// sums of the threads in order. Then one group adds up the pieces of all inputs likewise. Sums of threads carry their rounding error along.
/// Squares are float32: a norm above 1.8e19 is infinite, which <see cref="SgdOp"/> does not follow.
/// </summary>
internal sealed class GlobalNormGpu : GpuSequenceKernel<GlobalNormOp>
{
    private const int GroupSize = 256;
    private const int Piece = 1 << 15;

    public override IReadOnlyList<MethodInfo> Bodies => [((Action<GlobalNormArguments>)AddSquares).Method, ((Action<GlobalNormArguments>)AddPieces).Method];

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is GlobalNormOp && Operands.AreFloats(operands);

    protected override long WorkspaceFloats(GlobalNormOp op, ReadOnlySpan<TensorDesc> operands)
    {
        long pieces = 0;
        foreach (TensorDesc input in operands[..^1])
            pieces += PiecesOf(input);
        return pieces;
    }

    protected override Step[] Launches(GlobalNormOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device)
    {
        Step[] steps = new Step[operands.Length];
        long first = 0;
        for (int i = 0; i < operands.Length - 1; i++)
        {
            GpuLaunch.Require32Bits(operands[i].Desc.ElementCount);
            long pieces = PiecesOf(operands[i].Desc);
            ArrayView<float> sums = GpuMemory.Floats(workspace, first, pieces);
            steps[i] = Launch(device, AddSquares, (int)pieces, GpuTensor.BytesOf<float>(operands[i]), sums, operands[i].Desc.ElementCount);
            first += pieces;
        }

        steps[^1] = Launch(device, AddPieces, 1, GpuMemory.Floats(workspace, 0, first), GpuTensor.BytesOf<float>(operands[^1]), first);
        return steps;
    }

    private static long PiecesOf(TensorDesc desc) => (desc.ElementCount + Piece - 1) / Piece;

    private static GpuStep<GlobalNormArguments> Launch(
        GpuDevice device, Action<GlobalNormArguments> body, int groups, ArrayView<float> x, ArrayView<float> y, long count) =>
        new(device, body, new KernelConfig(groups, GroupSize), new GlobalNormArguments { X = x, Y = y, Count = (int)count }, GpuLaunch.KeepArguments);

    private static void AddSquares(GlobalNormArguments k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupSize);
        int first = Grid.IdxX * Piece;
        int end = XMath.Min(first + Piece, k.Count);
        GpuSum sum = default;
        for (int i = first + Group.IdxX; i < end; i += GroupSize)
            sum.Add(k.X[i] * k.X[i]);
        float total = GpuGroup.Sum(shared, sum.Value, 0, 1, GroupSize);
        if (Group.IdxX == 0)
            k.Y[Grid.IdxX] = total;
    }

    private static void AddPieces(GlobalNormArguments k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupSize);
        GpuSum sum = default;
        for (int i = Group.IdxX; i < k.Count; i += GroupSize)
            sum.Add(k.X[i]);
        float total = GpuGroup.Sum(shared, sum.Value, 0, 1, GroupSize);
        if (Group.IdxX == 0)
            k.Y[0] = XMath.Sqrt(total);
    }
}
