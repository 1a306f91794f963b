using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>A kernel over float32 channels-last tensors whose channel pitch is a whole number of vectors.</summary>
/// <typeparam name="TOp">The op.</typeparam>
/// <typeparam name="TIsa">The instruction set.</typeparam>
/// <typeparam name="V">Its vector.</typeparam>
internal abstract class VectorKernel<TOp, TIsa, V>(string algorithm) : IKernel
    where TOp : Op
    where TIsa : struct, IVectorIsa<V>
    where V : struct
{
    public string Name { get; } = $"{algorithm}{TIsa.Level}";

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is TOp typed && caps.Simd >= TIsa.Level && SupportsOperands(typed, operands);

    public virtual long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) => 0;

    public virtual int InPlaceInput => -1;

    public virtual Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) => null;

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        Bind((TOp)op, operands, workspace, ((CpuDevice)device).Workers);

    protected abstract bool SupportsOperands(TOp op, ReadOnlySpan<TensorDesc> operands);

    protected abstract Step Bind(TOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, WorkerPool workers);

    /// <summary>Float32, channels last, whole vectors per voxel.</summary>
    protected static bool IsVectorised(TensorDesc desc) =>
        desc.DType == DType.F32 && desc.Layout == Layout.NDHWC && desc.ChannelPitch % TIsa.Lanes == 0;
}
