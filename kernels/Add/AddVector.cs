using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The sum over memory as it lies.</summary>
internal sealed unsafe class AddVector<TIsa, V>() : VectorKernel<AddOp, TIsa, V>("Flat")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    public override int InPlaceInput => 0;

    protected override bool SupportsOperands(AddOp op, ReadOnlySpan<TensorDesc> operands) =>
        operands[0].DType == DType.F32 && operands[0] == operands[1] && operands[0] == operands[2];

    protected override Step Bind(AddOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new BlockStep(operands[0], operands[1], operands[2], workers);

    private sealed class BlockStep(TensorView a, TensorView b, TensorView y, WorkerPool workers) : FlatStep(y.Desc.ElementCount, workers)
    {
        protected override void Visit(long start, int count)
        {
            float* first = a.Floats + start;
            float* second = b.Floats + start;
            float* target = y.Floats + start;
            int i = 0;
            for (; i <= count - TIsa.Lanes; i += TIsa.Lanes)
                TIsa.Store(target + i, TIsa.Add(TIsa.Load(first + i), TIsa.Load(second + i)));
            for (; i < count; i++)
                target[i] = first[i] + second[i];
        }
    }
}
