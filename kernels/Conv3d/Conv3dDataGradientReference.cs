using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="Conv3dDataGradientOp"/>.</summary>
internal sealed class Conv3dDataGradientReference : ReferenceKernel<Conv3dDataGradientOp>
{
    public override string Name => "DataGradientReference";

    protected override Step Bind(Conv3dDataGradientOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(op, operands[0], operands[1], operands[^1], workers);

    private sealed class VoxelStep(Conv3dDataGradientOp op, TensorView dy, TensorView weight, TensorView dx, WorkerPool workers)
        : ReferenceStep(dx.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            for (int ic = 0; ic < dx.Desc.Shape.C; ic++)
                At(dx, n, ic, d, h, w) = (float)Sum(n, ic, d, h, w);
        }

        private double Sum(int n, int ic, int d, int h, int w)
        {
            double sum = 0;
            for (int kd = 0; kd < op.Kernel.D; kd++)
            {
                for (int kh = 0; kh < op.Kernel.H; kh++)
                {
                    for (int kw = 0; kw < op.Kernel.W; kw++)
                    {
                        if (!IsOutput(0, d, kd, out int od) || !IsOutput(1, h, kh, out int oh) || !IsOutput(2, w, kw, out int ow))
                            continue;
                        for (int oc = 0; oc < dy.Desc.Shape.C; oc++)
                            sum += (double)At(weight, oc, ic, kd, kh, kw) * At(dy, n, oc, od, oh, ow);
                    }
                }
            }

            return sum;
        }

        // The output that reads source voxel i by tap k.
        private bool IsOutput(int axis, int i, int k, out int o)
        {
            int shifted = i + (op.Kernel[axis] / 2) - k;
            o = shifted / op.Stride[axis];
            return shifted >= 0 && shifted % op.Stride[axis] == 0 && o < dy.Desc.Shape.Size[axis];
        }
    }
}
