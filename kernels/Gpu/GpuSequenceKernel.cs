using System.Reflection;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>An op as several launches, which hand intermediate results on in the workspace.</summary>
/// <typeparam name="TOp">The op.</typeparam>
internal abstract class GpuSequenceKernel<TOp> : IGpuKernel
    where TOp : Op
{
    public virtual string Name => "PlainGpu";

    public abstract IReadOnlyList<MethodInfo> Bodies { get; }

    public virtual bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is TOp && GpuTensor.FitAll(operands);

    public virtual double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => 0;

    public long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) => WorkspaceFloats((TOp)op, operands) * sizeof(float);

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) =>
        new GpuStepSequence(Launches((TOp)op, operands, workspace, (GpuDevice)device));

    /// <summary>Size of the workspace in float32 elements.</summary>
    protected abstract long WorkspaceFloats(TOp op, ReadOnlySpan<TensorDesc> operands);

    /// <summary>The launches, in order.</summary>
    protected abstract Step[] Launches(TOp op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, GpuDevice device);
}
