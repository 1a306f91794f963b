using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Normalisation, residual and leaky ReLU in one pass: max(v, slope * v) with v = (x - mean) * (rstd * gamma) + beta [+ residual].
/// The mean is subtracted first, which is exact for values near it, however large.
/// </summary>
internal sealed unsafe class InstanceNormApply<TIsa, V>() : VectorKernel<InstanceNormApplyOp, TIsa, V>("Apply")
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    public override long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) =>
        InstanceNormTable.ByteLength(operands[0]);

    protected override bool SupportsOperands(InstanceNormApplyOp op, ReadOnlySpan<TensorDesc> operands) =>
        op.ActivationSlope is >= 0 and <= 1 && IsVectorised(operands[0]) && operands[1].Layout == Layout.NDHWC
        && operands[^1] == operands[0] && (!op.HasResidual || operands[4] == operands[0]);

    protected override Step Bind(InstanceNormApplyOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers) =>
        op.HasResidual
            ? new ResidualStep(op.ActivationSlope, operands.ToArray(), workspace, workers)
            : new PlainStep(op.ActivationSlope, operands.ToArray(), workspace, workers);

    private abstract class TableStep(TensorView[] operands, MemorySpan workspace, WorkerPool workers) : RowStep(operands[0].Desc.Shape, workers)
    {
        protected TensorView[] Operands => operands;

        protected int Pitch => operands[0].Desc.ChannelPitch;

        protected float* Table(int n) => (float*)workspace.Bytes + ((long)n * InstanceNormTable.Rows * Pitch);

        public override void Run(RunContext context)
        {
            InstanceNormTable.Fill(Table(0), operands[0].Desc, operands[1], operands[2], operands[3]);
            base.Run(context);
        }
    }

    private sealed class PlainStep(float slope, TensorView[] operands, MemorySpan workspace, WorkerPool workers) : TableStep(operands, workspace, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            int pitch = Pitch;
            int width = Operands[0].Desc.Shape.W;
            long row = RowOf(Operands[0].Desc, n, d, h);
            V factor = TIsa.Broadcast(slope);
            for (int c = 0; c < pitch; c += TIsa.Lanes)
            {
                float* source = Operands[0].Floats + row + c;
                float* target = Operands[^1].Floats + row + c;
                float* table = Table(n) + c;
                V mean = TIsa.Load(table);
                V scale = TIsa.Load(table + pitch);
                V shift = TIsa.Load(table + (2 * pitch));
                for (int w = 0; w < width; w++, source += pitch, target += pitch)
                {
                    V value = InstanceNormVector.Normalise<TIsa, V>(TIsa.Load(source), mean, scale, shift);
                    TIsa.Store(target, InstanceNormVector.Activate<TIsa, V>(value, factor));
                }
            }
        }
    }

    private sealed class ResidualStep(float slope, TensorView[] operands, MemorySpan workspace, WorkerPool workers) : TableStep(operands, workspace, workers)
    {
        protected override void Visit(int n, int d, int h, int worker)
        {
            int pitch = Pitch;
            int width = Operands[0].Desc.Shape.W;
            long row = RowOf(Operands[0].Desc, n, d, h);
            V factor = TIsa.Broadcast(slope);
            for (int c = 0; c < pitch; c += TIsa.Lanes)
            {
                float* source = Operands[0].Floats + row + c;
                float* residual = Operands[4].Floats + row + c;
                float* target = Operands[^1].Floats + row + c;
                float* table = Table(n) + c;
                V mean = TIsa.Load(table);
                V scale = TIsa.Load(table + pitch);
                V shift = TIsa.Load(table + (2 * pitch));
                for (int w = 0; w < width; w++, source += pitch, residual += pitch, target += pitch)
                {
                    V value = InstanceNormVector.Normalise<TIsa, V>(TIsa.Load(source), mean, scale, shift);
                    value = TIsa.Add(value, TIsa.Load(residual));
                    TIsa.Store(target, InstanceNormVector.Activate<TIsa, V>(value, factor));
                }
            }
        }
    }
}
