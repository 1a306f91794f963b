using STUNet.Core;

namespace STUNet.Tests.Inference;

/// <summary>A CPU's kernel on a device that is not the CPU, as far as the pipeline knows.</summary>
internal sealed class KernelOnCpu(IKernel kernel, CpuDevice cpu) : IKernel
{
    public string Name => kernel.Name;

    /// <summary>The CPU's kernels of an op.</summary>
    public static IReadOnlyList<IKernel> Of(Op op, CpuDevice cpu) => [.. op.CpuKernels.Select(kernel => new KernelOnCpu(kernel, cpu))];

    public bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => kernel.Supports(op, operands, caps);

    public long WorkspaceBytes(Op op, ReadOnlySpan<TensorDesc> operands, Device device) => kernel.WorkspaceBytes(op, operands, cpu);

    public Packing? PackingOf(Op op, ReadOnlySpan<TensorDesc> operands, int operand) =>
        kernel.PackingOf(op, operands, operand) is { } packing ? new PackingOnCpu(packing, cpu) : null;

    public Step Bind(Op op, ReadOnlySpan<TensorView> operands, MemorySpan workspace, Device device) => kernel.Bind(op, operands, workspace, cpu);

    private sealed record PackingOnCpu(Packing Inner, CpuDevice Cpu) : Packing(Inner.Key, Inner.ByteLength)
    {
        public override Step Bind(TensorView source, TensorView packed, Device device) => Inner.Bind(source, packed, Cpu);
    }
}
