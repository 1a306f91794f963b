using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>One copy per voxel.</summary>
internal sealed unsafe class SliceChannelsRows : IKernel
{
    public string Name => "Rows";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is SliceChannelsOp && Operands.AreFloatsChannelsLast(operands);

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new VoxelStep(((SliceChannelsOp)op).First, operands[0], operands[1], ((CpuDevice)device).Workers);

    private sealed class VoxelStep(int first, TensorView x, TensorView y, WorkerPool workers) : RowStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            int channels = y.Desc.Shape.C;
            float* source = x.Floats + RowOf(x.Desc, n, d, h) + first;
            float* target = y.Floats + RowOf(y.Desc, n, d, h);
            for (int w = 0; w < y.Desc.Shape.W; w++, source += x.Desc.ChannelPitch, target += y.Desc.ChannelPitch)
                new ReadOnlySpan<float>(source, channels).CopyTo(new Span<float>(target, channels));
        }
    }
}
