using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The update over memory as it lies.</summary>
internal sealed unsafe class SgdVector<TIsa, V>() : VectorKernel<SgdOp, TIsa, V>("Flat")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    protected override bool SupportsOperands(SgdOp op, ReadOnlySpan<TensorDesc> operands) => operands[0].DType == DType.F32;

    protected override Step Bind(SgdOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new BlockStep(op, operands.ToArray(), workers);

    private sealed class BlockStep(SgdOp op, TensorView[] operands, WorkerPool workers) : FlatStep(operands[0].Desc.ElementCount, workers)
    {
        private float _clip;
        private float _rate;

        public override void Run(RunContext context)
        {
            float norm = operands[3].Floats[0];
            if (!float.IsFinite(norm))
                return;
            _clip = (float)GradientClip.Factor(norm, op.MaxNorm, context.Arguments.LossScale);
            _rate = context.Arguments.LearningRate;
            base.Run(context);
        }

        protected override void Visit(long start, int count)
        {
            float* w = operands[0].Floats + start;
            float* v = operands[1].Floats + start;
            float* g = operands[2].Floats + start;
            V clip = TIsa.Broadcast(_clip);
            V decay = TIsa.Broadcast(op.WeightDecay);
            V momentum = TIsa.Broadcast(op.Momentum);
            V back = TIsa.Broadcast(-_rate);
            int i = 0;
            for (; i <= count - TIsa.Lanes; i += TIsa.Lanes)
            {
                V weight = TIsa.Load(w + i);
                V d = TIsa.MultiplyAdd(TIsa.Load(g + i), clip, TIsa.Multiply(weight, decay));
                V velocity = TIsa.MultiplyAdd(TIsa.Load(v + i), momentum, d);
                TIsa.Store(v + i, velocity);
                TIsa.Store(w + i, TIsa.MultiplyAdd(back, TIsa.MultiplyAdd(velocity, momentum, d), weight));
            }

            for (; i < count; i++)
            {
                float d = float.MultiplyAddEstimate(g[i], _clip, w[i] * op.WeightDecay);
                v[i] = float.MultiplyAddEstimate(v[i], op.Momentum, d);
                w[i] = float.MultiplyAddEstimate(-_rate, float.MultiplyAddEstimate(v[i], op.Momentum, d), w[i]);
            }
        }
    }
}
