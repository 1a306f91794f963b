using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Two copies per voxel.</summary>
internal sealed unsafe class ConcatChannelsRows : IKernel
{
    public string Name => "Rows";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is ConcatChannelsOp && Operands.AreFloatsChannelsLast(operands);

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new VoxelStep(operands[0], operands[1], operands[2], ((CpuDevice)device).Workers);

    private sealed class VoxelStep(TensorView first, TensorView second, TensorView y, WorkerPool workers) : RowStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            int split = first.Desc.Shape.C;
            float* a = first.Floats + RowOf(first.Desc, n, d, h);
            float* b = second.Floats + RowOf(second.Desc, n, d, h);
            float* target = y.Floats + RowOf(y.Desc, n, d, h);
            for (int w = 0; w < y.Desc.Shape.W; w++)
            {
                new ReadOnlySpan<float>(a, split).CopyTo(new Span<float>(target, split));
                new ReadOnlySpan<float>(b, second.Desc.Shape.C).CopyTo(new Span<float>(target + split, second.Desc.Shape.C));
                a += first.Desc.ChannelPitch;
                b += second.Desc.ChannelPitch;
                target += y.Desc.ChannelPitch;
            }
        }
    }
}
