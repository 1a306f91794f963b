using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The update over memory as it lies.</summary>
internal sealed unsafe class AdamWVector<TIsa, V>() : VectorKernel<AdamWOp, TIsa, V>("Flat")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    protected override bool SupportsOperands(AdamWOp op, ReadOnlySpan<TensorDesc> operands) => operands[0].DType == DType.F32;

    protected override Step Bind(AdamWOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        new BlockStep(op, operands.ToArray(), workers);

    private sealed class BlockStep(AdamWOp op, TensorView[] operands, WorkerPool workers) : FlatStep(operands[0].Desc.ElementCount, workers)
    {
        private readonly float _new1 = (float)(1 - (double)op.Beta1);
        private readonly float _new2 = (float)(1 - (double)op.Beta2);
        private float _clip;
        private float _keep;
        private float _rate;
        private float _root;

        public override void Run(RunContext context)
        {
            float norm = operands[4].Floats[0];
            if (!float.IsFinite(norm))
                return;
            AdamWFactors factors = op.FactorsOf(context.Arguments);
            (_clip, _keep, _rate, _root) = ((float)GradientClip.Factor(norm, op.MaxNorm, context.Arguments.LossScale), (float)factors.Keep, (float)factors.Rate, (float)factors.Root);
            base.Run(context);
        }

        protected override void Visit(long start, int count)
        {
            float* w = operands[0].Floats + start;
            float* m = operands[1].Floats + start;
            float* v = operands[2].Floats + start;
            float* g = operands[3].Floats + start;
            V clip = TIsa.Broadcast(_clip);
            V keep = TIsa.Broadcast(_keep);
            V back = TIsa.Broadcast(-_rate);
            V root = TIsa.Broadcast(_root);
            V epsilon = TIsa.Broadcast(op.Epsilon);
            V old1 = TIsa.Broadcast(op.Beta1);
            V old2 = TIsa.Broadcast(op.Beta2);
            V new1 = TIsa.Broadcast(_new1);
            V new2 = TIsa.Broadcast(_new2);
            int i = 0;
            for (; i <= count - TIsa.Lanes; i += TIsa.Lanes)
            {
                V gradient = TIsa.Multiply(TIsa.Load(g + i), clip);
                V first = TIsa.MultiplyAdd(TIsa.Load(m + i), old1, TIsa.Multiply(gradient, new1));
                V second = TIsa.MultiplyAdd(TIsa.Load(v + i), old2, TIsa.Multiply(TIsa.Multiply(gradient, gradient), new2));
                TIsa.Store(m + i, first);
                TIsa.Store(v + i, second);
                V step = TIsa.Divide(first, TIsa.MultiplyAdd(TIsa.SquareRoot(second), root, epsilon));
                TIsa.Store(w + i, TIsa.MultiplyAdd(back, step, TIsa.Multiply(TIsa.Load(w + i), keep)));
            }

            for (; i < count; i++)
            {
                float gradient = g[i] * _clip;
                m[i] = float.MultiplyAddEstimate(m[i], op.Beta1, gradient * _new1);
                v[i] = float.MultiplyAddEstimate(v[i], op.Beta2, gradient * gradient * _new2);
                float step = m[i] / float.MultiplyAddEstimate(MathF.Sqrt(v[i]), _root, op.Epsilon);
                w[i] = float.MultiplyAddEstimate(-_rate, step, w[i] * _keep);
            }
        }
    }
}
