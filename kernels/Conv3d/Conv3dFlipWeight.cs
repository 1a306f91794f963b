using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Reverses the taps of every filter: whole filters are copied, so that memory is read and written in runs.</summary>
internal sealed unsafe class Conv3dFlipWeight : IKernel
{
    public string Name => "FlipWeightFilters";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is Conv3dFlipWeightOp && operands[0].DType == DType.F32 && operands[0].Layout == Layout.NCDHW && operands[1].Layout == Layout.NCDHW;

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new FilterStep(operands[0], operands[1], ((CpuDevice)device).Workers);

    private sealed class FilterStep(TensorView weight, TensorView y, WorkerPool workers) : Step, IParallelBody
    {
        private readonly int _taps = (int)weight.Desc.Shape.Voxels;

        public override void Run(RunContext context) => workers.Run(y.Desc.Shape.N, this);

        public void Execute(int index, int worker)
        {
            int outputs = y.Desc.Shape.C;
            float* target = y.Floats + ((long)index * outputs * _taps);
            for (int oc = 0; oc < outputs; oc++, target += _taps)
            {
                ReadOnlySpan<float> filter = new(weight.Floats + ((((long)oc * y.Desc.Shape.N) + index) * _taps), _taps);
                Span<float> flipped = new(target, _taps);
                filter.CopyTo(flipped);
                flipped.Reverse();
            }
        }
    }
}
