using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Transposes row by row (channels x voxels of one row fit the first-level cache), between the two layouts of float32.</summary>
internal sealed unsafe class RelayoutRows : IKernel
{
    public string Name => "Rows";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is RelayoutOp && operands[0].DType == DType.F32 && operands[1].DType == DType.F32;

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new TransposeStep(operands[0], operands[1], ((CpuDevice)device).Workers);

    private sealed class TransposeStep(TensorView x, TensorView y, WorkerPool workers) : RowStep(y.Desc.Shape, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            Shape shape = y.Desc.Shape;
            (long from, long fromChannel, int fromVoxel) = Strides(x.Desc, n, d, h);
            (long to, long toChannel, int toVoxel) = Strides(y.Desc, n, d, h);
            for (int c = 0; c < shape.C; c++)
            {
                float* source = x.Floats + from + (c * fromChannel);
                float* target = y.Floats + to + (c * toChannel);
                for (int w = 0; w < shape.W; w++, source += fromVoxel, target += toVoxel)
                    *target = *source;
            }
        }

        /// <summary>First element of a row, elements to the next channel, elements to the next voxel.</summary>
        private static (long First, long Channel, int Voxel) Strides(TensorDesc desc, int n, int d, int h)
        {
            Shape shape = desc.Shape;
            return desc.Layout == Layout.NDHWC
                ? (RowOf(desc, n, d, h), 1, desc.ChannelPitch)
                : ((n * shape.C * shape.Voxels) + ((((long)d * shape.H) + h) * shape.W), shape.Voxels, 1);
        }
    }
}
