using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>dy times 1 or the slope, over memory as it lies.</summary>
internal sealed unsafe class LeakyReluGradientVector<TIsa, V>() : VectorKernel<LeakyReluGradientOp, TIsa, V>("GradientFlat")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    public override int InPlaceInput => 1;

    protected override bool SupportsOperands(LeakyReluGradientOp op, ReadOnlySpan<TensorDesc> operands) =>
        operands[0].DType == DType.F32 && operands[0] == operands[1] && operands[0] == operands[2];

    protected override Step Bind(LeakyReluGradientOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new BlockStep(op.Slope, operands[0], operands[1], operands[2], workers);

    private sealed class BlockStep(float slope, TensorView y, TensorView dy, TensorView dx, WorkerPool workers) : FlatStep(y.Desc.ElementCount, workers)
    {
        protected override void Visit(long start, int count)
        {
            float* output = y.Floats + start;
            float* gradient = dy.Floats + start;
            float* target = dx.Floats + start;
            V zero = TIsa.Broadcast(0);
            V factor = TIsa.Broadcast(slope);
            int i = 0;
            for (; i <= count - TIsa.Lanes; i += TIsa.Lanes)
            {
                V value = TIsa.Load(gradient + i);
                TIsa.Store(target + i, TIsa.Select(TIsa.Greater(TIsa.Load(output + i), zero), value, TIsa.Multiply(value, factor)));
            }

            for (; i < count; i++)
                target[i] = output[i] > 0 ? gradient[i] : slope * gradient[i];
        }
    }
}
