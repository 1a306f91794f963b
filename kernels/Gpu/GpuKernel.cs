using System.Reflection;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>A kernel of the GPU device, with the bodies it launches: the tests compile each for every backend.</summary>
internal interface IGpuKernel : IKernel
{
    /// <summary>Every kernel body, its packing's included.</summary>
    IReadOnlyList<MethodInfo> Bodies { get; }
}

/// <summary>
/// An op as one launch of one kernel body that takes one structure: operands as <see cref="GpuTensor"/>, sizes as plain integers.
/// </summary>
/// <typeparam name="TOp">The op.</typeparam>
/// <typeparam name="TArguments">What the body is told.</typeparam>
internal abstract class GpuKernel<TOp, TArguments> : IGpuKernel
    where TOp : Op
    where TArguments : struct
{
    public virtual string Name => "PlainGpu";

    public virtual bool UsesTensorCores => false;

    public virtual bool RoundsOperands => false;

    public virtual IReadOnlyList<MethodInfo> Bodies => [Body.Method];

    /// <summary>The kernel body, a static method.</summary>
    protected abstract Action<TArguments> Body { get; }

    public virtual bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is TOp && GpuTensor.FitAll(operands);

    public virtual double Cost(Op op, ReadOnlySpan<TensorDesc> operands) => 0;

    public virtual Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) => null;

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device)
    {
        TArguments arguments = Prepare((TOp)op, operands, out KernelConfig config);
        return new GpuStep<TArguments>((GpuDevice)device, Body, config, arguments, Refresh);
    }

    /// <summary>Resolves everything that does not change from run to run.</summary>
    /// <param name="op">The op.</param>
    /// <param name="operands">Inputs, then output.</param>
    /// <param name="config">Groups and threads of a group.</param>
    protected abstract TArguments Prepare(TOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config);

    /// <summary>Takes over the arguments of a run; allocates nothing.</summary>
    protected virtual void Refresh(ref TArguments arguments, in RunArguments run)
    {
    }
}
