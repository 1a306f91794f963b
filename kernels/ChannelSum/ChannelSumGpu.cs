using System.Reflection;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>What <see cref="ChannelSumGpu{TTensor}"/>'s body is told.</summary>
internal struct ChannelSumArguments<TTensor>
    where TTensor : struct, IGpuTensor
{
    public TTensor X;
    public GpuChannelPieces Pieces;
}

/// <summary>
/// y[c] = sum over voxels of x[voxel, c], the batch counted as one sample. Source [voxels, channels], output [channels], float32. Two launches: sums of pieces as
/// <see cref="GpuChannelPieces"/> says, with sums of threads that carry their rounding error along; then the sum of the pieces.
/// </summary>
/// <typeparam name="TTensor">How the source is read.</typeparam>
internal sealed class ChannelSumGpu<TTensor> : GpuSequenceKernel<ChannelSumOp>
    where TTensor : struct, IGpuTensor
{
    public override string Name => GpuTensor.NameOf<TTensor>("Plain");

    public override IReadOnlyList<MethodInfo> Bodies => [((Action<ChannelSumArguments<TTensor>>)AddVoxels).Method, GpuPieceSums.Body.Method];

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is ChannelSumOp && GpuTensor.Fits<TTensor>(operands[0]) && GpuTensor.Fits(operands[^1]);

    protected override long WorkspaceFloats(ChannelSumOp op, ReadOnlySpan<TensorDesc> operands)
    {
        Shape shape = operands[0].Shape;
        return GpuChannelPieces.FloatsOf(1, shape.N * shape.Voxels, shape.C, 1);
    }

    protected override Step[] Launches(ChannelSumOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device)
    {
        Shape shape = operands[0].Desc.Shape;
        GpuChannelPieces pieces = GpuChannelPieces.Of(1, shape.N * shape.Voxels, shape.C, 1, workspace);
        ChannelSumArguments<TTensor> arguments = new() { X = GpuTensor.Of<TTensor>(operands[0]), Pieces = pieces };
        return
        [
            new GpuStep<ChannelSumArguments<TTensor>>(device, AddVoxels, pieces.Config, arguments, GpuLaunch.KeepArguments),
            pieces.BindSecondLevel(device, GpuTensor.From(operands[^1])),
        ];
    }

    private static void AddVoxels(ChannelSumArguments<TTensor> k)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GpuChannelPieces.GroupSize);
        int c = k.Pieces.Channel;
        int end = k.Pieces.End;
        GpuSum sum = default;
        for (int voxel = k.Pieces.First; voxel < end; voxel += GpuChannelPieces.Rows)
            sum.Add(k.X.Read(voxel, c));
        k.Pieces.Store(shared, 0, sum.Value);
    }
}
