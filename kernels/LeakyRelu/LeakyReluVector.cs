using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>max(x, slope * x), which is the leaky ReLU for slopes below 1, over memory as it lies.</summary>
internal sealed unsafe class LeakyReluVector<TIsa, V>() : VectorKernel<LeakyReluOp, TIsa, V>("Flat")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    protected override bool SupportsOperands(LeakyReluOp op, ReadOnlySpan<TensorDesc> operands) =>
        operands[0].DType == DType.F32 && operands[0] == operands[1] && op.Slope is >= 0 and <= 1;

    protected override Step Bind(LeakyReluOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new BlockStep(op.Slope, operands[0], operands[1], workers);

    private sealed class BlockStep(float slope, TensorView x, TensorView y, WorkerPool workers) : FlatStep(x.Desc.ElementCount, workers)
    {
        protected override void Visit(long start, int count)
        {
            float* source = x.Floats + start;
            float* target = y.Floats + start;
            V factor = TIsa.Broadcast(slope);
            int i = 0;
            for (; i <= count - TIsa.Lanes; i += TIsa.Lanes)
            {
                V value = TIsa.Load(source + i);
                TIsa.Store(target + i, TIsa.Max(value, TIsa.Multiply(value, factor)));
            }

            for (; i < count; i++)
                target[i] = Math.Max(source[i], slope * source[i]);
        }
    }
}
