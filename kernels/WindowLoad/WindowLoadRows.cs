using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Row by row and channel by channel; one dense channel that is not mirrored along x is a copy.</summary>
internal sealed unsafe class WindowLoadRows : IKernel
{
    public string Name => "Rows";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is WindowLoadOp && Operands.AreFloatsChannelsLast(operands);

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new PatchRowStep(operands[^1], ((CpuDevice)device).Workers);

    private sealed class PatchRowStep(TensorView y, WorkerPool workers) : RowStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            ref RunArguments run = ref Context.Arguments;
            Shape patch = y.Desc.Shape;
            Int3 size = run.Source.Size;
            int z = run.WindowOrigin.D + ((run.Flip & FlipAxes.Z) == 0 ? d : patch.D - 1 - d);
            int v = run.WindowOrigin.H + ((run.Flip & FlipAxes.Y) == 0 ? h : patch.H - 1 - h);
            bool mirrored = (run.Flip & FlipAxes.X) != 0;
            int pitch = y.Desc.ChannelPitch;
            float* row = y.Floats + RowOf(y.Desc, n, d, h);
            for (int c = 0; c < patch.C; c++)
            {
                float* source = run.Source.Floats + ((((((long)c * size.D) + z) * size.H) + v) * size.W) + run.WindowOrigin.W;
                if (pitch == 1 && !mirrored)
                {
                    new ReadOnlySpan<float>(source, patch.W).CopyTo(new Span<float>(row, patch.W));
                    continue;
                }

                float* target = row + c;
                for (int w = 0; w < patch.W; w++, target += pitch)
                    *target = source[mirrored ? patch.W - 1 - w : w];
            }
        }
    }
}
