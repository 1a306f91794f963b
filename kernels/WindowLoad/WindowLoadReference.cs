using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="WindowLoadOp"/>.</summary>
internal sealed class WindowLoadReference : ReferenceKernel<WindowLoadOp>
{
    protected override Step Bind(WindowLoadOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) => new VoxelStep(operands[^1], workers);

    private sealed unsafe class VoxelStep(TensorView y, WorkerPool workers) : ReferenceStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            RunArguments run = Context.Arguments;
            Shape patch = y.Desc.Shape;
            Int3 size = run.Source.Size;
            int z = run.WindowOrigin.D + ((run.Flip & FlipAxes.Z) != 0 ? patch.D - 1 - d : d);
            int v = run.WindowOrigin.H + ((run.Flip & FlipAxes.Y) != 0 ? patch.H - 1 - h : h);
            int u = run.WindowOrigin.W + ((run.Flip & FlipAxes.X) != 0 ? patch.W - 1 - w : w);
            for (int c = 0; c < patch.C; c++)
                At(y, n, c, d, h, w) = run.Source.Floats[(((((long)c * size.D) + z) * size.H + v) * size.W) + u];
        }
    }
}
