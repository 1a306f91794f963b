using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The formula of <see cref="GaussianAccumulateOp"/>.</summary>
internal sealed class GaussianAccumulateReference : ReferenceKernel<GaussianAccumulateOp>
{
    protected override Step Bind(GaussianAccumulateOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(operands[0], operands[1], workers);

    private sealed unsafe class VoxelStep(TensorView x, TensorView importance, WorkerPool workers) : ReferenceStep(x.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            Shape patch = x.Desc.Shape;
            RunArguments run = Context.Arguments;
            float* sums = AccumulatorVoxel(run, patch.Size, d, h, w, out Int3 unflipped);
            double weight = (double)run.Weight * At(importance, 0, 0, unflipped.D, unflipped.H, unflipped.W);
            for (int k = 0; k < patch.C; k++)
                sums[k] = (float)(sums[k] + (weight * At(x, 0, k, d, h, w)));
            sums[patch.C] = (float)(sums[patch.C] + weight);
        }
    }

    /// <summary>The accumulator's elements of the voxel that window voxel (d, h, w) belongs to once mirrored back.</summary>
    internal static unsafe float* AccumulatorVoxel(in RunArguments run, Int3 patch, int d, int h, int w, out Int3 unflipped)
    {
        unflipped = new Int3(
            (run.Flip & FlipAxes.Z) != 0 ? patch.D - 1 - d : d,
            (run.Flip & FlipAxes.Y) != 0 ? patch.H - 1 - h : h,
            (run.Flip & FlipAxes.X) != 0 ? patch.W - 1 - w : w);
        VolumeBinding sums = run.Accumulator;
        int ring = (run.WindowOrigin.D + unflipped.D) % sums.Size.D;
        long voxel = ((((long)ring * sums.Size.H) + run.WindowOrigin.H + unflipped.H) * sums.Size.W) + run.WindowOrigin.W + unflipped.W;
        return sums.Floats + (voxel * sums.Channels);
    }
}
