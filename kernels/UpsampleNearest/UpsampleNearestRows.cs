using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Builds one output row of each source row and copies it to the rows that equal it.</summary>
internal sealed unsafe class UpsampleNearestRows : IKernel
{
    public string Name => "Rows";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is UpsampleNearestOp && Operands.AreFloatsChannelsLast(operands);

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new SourceRowStep(((UpsampleNearestOp)op).Factor, operands[0], operands[1], ((CpuDevice)device).Workers);

    private sealed class SourceRowStep(Int3 factor, TensorView x, TensorView y, WorkerPool workers) : RowStep(x.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            int channels = x.Desc.Shape.C;
            float* source = x.Floats + RowOf(x.Desc, n, d, h);
            float* row = y.Floats + RowOf(y.Desc, n, d * factor.D, h * factor.H);
            float* target = row;
            for (int w = 0; w < x.Desc.Shape.W; w++, source += x.Desc.ChannelPitch)
            {
                for (int copy = 0; copy < factor.W; copy++, target += y.Desc.ChannelPitch)
                    new ReadOnlySpan<float>(source, channels).CopyTo(new Span<float>(target, channels));
            }

            ReadOnlySpan<float> built = new(row, y.Desc.Shape.W * y.Desc.ChannelPitch);
            for (int copy = 1; copy < factor.D * factor.H; copy++)
            {
                float* equal = y.Floats + RowOf(y.Desc, n, (d * factor.D) + (copy / factor.H), (h * factor.H) + (copy % factor.H));
                built.CopyTo(new Span<float>(equal, built.Length));
            }
        }
    }
}
