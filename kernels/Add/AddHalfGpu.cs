using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>first + second.</summary>
internal struct AddGpuMap : IGpuElementMap
{
    /// <summary>A structure of arguments has a size.</summary>
    public long Unused;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Of(float first, float second, int sample, int c) => first + second;
}

/// <summary><see cref="AddGpu{TTensor}"/> for binary16 or bfloat16, by chunks of 8 channels.</summary>
internal sealed class AddHalfGpu<TElement>(DType type) : GpuChunkMapKernel<AddOp, TElement, AddGpuMap>(type)
    where TElement : struct, IGpuElement
{
    public override string Name { get; } = $"Chunks{type}Gpu";

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is AddOp && Fit(operands);

    protected override GpuChunkMapArguments<AddGpuMap> Prepare(AddOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config) =>
        Prepare(default, operands[0], operands[1], operands[^1], out config);
}
