using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="ChannelSumGpu"/>'s body is told.</summary>
internal struct ChannelSumArguments
{
    /// <summary>The source two ways, of which the element type tells the one that is meant.</summary>
    public ArrayView<float> Floats;
    public ArrayView<ushort> Halves;
    public GpuChannelPieces Pieces;
    public int Type;
    public int Pitch;
}

/// <summary>
/// y[c] = sum over voxels of x[voxel, c], the batch counted as one sample. Source [voxels, channels], output [channels]. Two launches: sums of pieces as
/// <see cref="GpuChannelPieces"/> says, with sums of threads that carry their rounding error along; then the sum of the pieces. Sums are float32 of a source of float32, F16 or BF16.
/// </summary>
internal sealed class ChannelSumGpu : GpuSequenceKernel<ChannelSumOp>
{
    public override IReadOnlyList<MethodInfo> Bodies => [((Action<ChannelSumArguments>)AddVoxels).Method, GpuPieceSums.Body.Method];

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is ChannelSumOp && operands[0] is { DType: DType.F32 or DType.F16 or DType.BF16 } && GpuTensor.Fits(operands[0] with { DType = DType.F32 }) && GpuTensor.Fits(operands[^1]);

    protected override long WorkspaceFloats(ChannelSumOp op, ReadOnlySpan<TensorDesc> operands)
    {
        Shape shape = operands[0].Shape;
        return GpuChannelPieces.FloatsOf(1, shape.N * shape.Voxels, shape.C, 1);
    }

    protected override Step[] Launches(ChannelSumOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device)
    {
        Shape shape = operands[0].Desc.Shape;
        GpuChannelPieces pieces = GpuChannelPieces.Of(1, shape.N * shape.Voxels, shape.C, 1, workspace);
        GpuLaunch.Require32Bits(operands[0].Desc.ElementCount);
        ChannelSumArguments arguments = new()
        {
            Floats = GpuTensor.BytesOf<float>(operands[0]),
            Halves = GpuTensor.BytesOf<ushort>(operands[0]),
            Pieces = pieces,
            Type = (int)operands[0].Desc.DType,
            Pitch = operands[0].Desc.ChannelPitch,
        };
        return
        [
            new GpuStep<ChannelSumArguments>(device, AddVoxels, pieces.Config, arguments, GpuLaunch.KeepArguments),
            pieces.BindSecondLevel(device, GpuTensor.From(operands[^1])),
        ];
    }

    private static void AddVoxels(ChannelSumArguments k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GpuChannelPieces.GroupSize);
        int c = k.Pieces.Channel;
        int end = k.Pieces.End;
        GpuSum sum = default;
        for (int voxel = k.Pieces.First; voxel < end; voxel += GpuChannelPieces.Rows)
            sum.Add(At(k, (voxel * k.Pitch) + c));
        k.Pieces.Store(shared, 0, sum.Value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float At(in ChannelSumArguments k, int element)
    {
        if (k.Type == (int)DType.F32)
            return k.Floats[element];
        uint bits = k.Halves[element];
        return Interop.IntAsFloat(k.Type == (int)DType.F16 ? GpuFloatBits.FromHalf(bits) : bits << 16);
    }
}
