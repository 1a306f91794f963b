using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="InstanceNormGradientOp"/>.</summary>
internal sealed class InstanceNormGradientReference : ReferenceKernel<InstanceNormGradientOp>
{
    public override string Name => "GradientReference";

    // No rewrite is made for what only this could do: with an activation no vector kernel takes it.
    public override double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => double.MaxValue;

    protected override Step Bind(InstanceNormGradientOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) => new VoxelStep(op.ActivationSlope, operands.ToArray(), workers);

    private sealed class VoxelStep(double slope, TensorView[] operands, WorkerPool workers) : ReferenceStep(operands[^1].Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            double voxels = operands[0].Desc.Shape.Voxels;
            for (int c = 0; c < operands[0].Desc.Shape.C; c++)
            {
                double mean = At(operands[1], n, c, 0, 0, 0);
                double rstd = At(operands[1], n, c, 1, 0, 0);
                double normalised = (At(operands[0], n, c, d, h, w) - mean) * rstd;
                double gradients = At(operands[3], n, c, InstanceNormGradientSumsOp.Gradients, 0, 0) / voxels;
                double products = At(operands[3], n, c, InstanceNormGradientSumsOp.Products, 0, 0) / voxels;
                double gamma = At(operands[2], 0, c, 0, 0, 0);
                bool isAbove = slope == 1 || (normalised * gamma) + At(operands[5], 0, c, 0, 0, 0) > 0;
                double gradient = At(operands[4], n, c, d, h, w) * (isAbove ? 1 : slope);
                At(operands[^1], n, c, d, h, w) = (float)(gamma * rstd * (gradient - gradients - (normalised * products)));
            }
        }
    }
}
