using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// A plain CPU kernel: loops in the order of the formula, double arithmetic, one rounding. The oracle of the tests and the last resort; it shares
/// nothing with the kernels it judges.
/// </summary>
/// <typeparam name="TOp">The op.</typeparam>
internal abstract class ReferenceKernel<TOp> : IKernel
    where TOp : Op
{
    public virtual string Name => "Reference";

    public virtual bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is TOp && Operands.AreFloats(operands[..^1]);

    public virtual double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => 0;

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        Bind((TOp)op, operands, ((CpuDevice)device).Workers);

    protected abstract Step Bind(TOp op, ReadOnlySpan<TensorView> operands, WorkerPool workers);
}
