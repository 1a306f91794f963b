using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// The formula of <see cref="ResampledArgMaxOp"/>, voxel by voxel and class by class: a sum over the eight network voxels around a sample. The CPU has no other kernel: there the slices of sums are
/// in host memory already, where the export reads them.
/// </summary>
internal sealed class ResampledArgMaxReference : ReferenceKernel<ResampledArgMaxOp>
{
    protected override Step Bind(ResampledArgMaxOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers) =>
        new VoxelStep(op.Classes, operands[0], operands[1], operands[2], operands[^1], workers);

    private sealed unsafe class VoxelStep(int classes, TensorView tableZ, TensorView tableY, TensorView tableX, TensorView labels, WorkerPool workers)
        : ReferenceStep(labels.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int w)
        {
            if (d >= Context.Arguments.SliceCount)
                return;
            int label = LabelOf(Context.Arguments.FirstSlice + d, h, w);
            long at = Offset(labels.Desc, n, 0, d, h, w);
            if (labels.Desc.DType == DType.U8)
                labels.Bytes[at] = (byte)label;
            else
                ((ushort*)labels.Bytes)[at] = (ushort)label;
        }

        private int LabelOf(int d, int h, int w)
        {
            int label = 0;
            double max = double.NegativeInfinity;
            for (int k = 0; k < classes; k++)
            {
                double value = 0;
                for (int tap = 0; tap < 8; tap++)
                {
                    (int z, int y, int x) = (tap / 4, tap / 2 % 2, tap % 2);
                    double weight = Weight(tableZ, d, z) * Weight(tableY, h, y) * Weight(tableX, w, x);
                    if (weight != 0)
                        value += weight * Mean((int)Entry(tableZ, z, d), (int)Entry(tableY, y, h), (int)Entry(tableX, x, w), k);
                }

                if (double.IsNaN(value))
                    return 0;
                if (value > max)
                    (label, max) = (k, value);
            }

            return label;
        }

        private static double Weight(in TensorView table, int sample, int tap)
        {
            double upper = Entry(table, 2, sample);
            return tap == 0 ? 1 - upper : upper;
        }

        private static float Entry(in TensorView table, int row, int sample) => At(table, 0, 0, 0, row, sample);

        private double Mean(int z, int y, int x, int k)
        {
            VolumeBinding sums = Context.Arguments.Accumulator;
            Int3 origin = Context.Arguments.WindowOrigin;
            long ring = (origin.D + z) % sums.Size.D;
            float* voxel = sums.Floats + (((((ring * sums.Size.H) + origin.H + y) * sums.Size.W) + origin.W + x) * sums.Channels);
            return (double)voxel[k] / voxel[classes];
        }
    }
}
