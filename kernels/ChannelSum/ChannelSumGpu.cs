using System.Reflection;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="ChannelSumGpu"/>'s body is told.</summary>
internal struct ChannelSumArguments
{
    public GpuTensor X;
    public GpuChannelPieces Pieces;
}

/// <summary>
/// y[c] = sum over voxels of x[voxel, c], the batch counted as one sample. Source [voxels, channels], output [channels]. Two launches: sums of pieces as
/// <see cref="GpuChannelPieces"/> says, with sums of threads that carry their rounding error along; then the sum of the pieces.
/// </summary>
internal sealed class ChannelSumGpu : GpuSequenceKernel<ChannelSumOp>
{
    public override IReadOnlyList<MethodInfo> Bodies => [((Action<ChannelSumArguments>)AddVoxels).Method, GpuPieceSums.Body.Method];

    protected override long WorkspaceFloats(ChannelSumOp op, ReadOnlySpan<TensorDesc> operands)
    {
        Shape shape = operands[0].Shape;
        return GpuChannelPieces.FloatsOf(1, shape.N * shape.Voxels, shape.C, 1);
    }

    protected override Step[] Launches(ChannelSumOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device)
    {
        Shape shape = operands[0].Desc.Shape;
        GpuChannelPieces pieces = GpuChannelPieces.Of(1, shape.N * shape.Voxels, shape.C, 1, workspace);
        ChannelSumArguments arguments = new() { X = GpuTensor.From(operands[0]), Pieces = pieces };
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
            sum.Add(k.X.At(voxel, c));
        k.Pieces.Store(shared, 0, sum.Value);
    }
}
