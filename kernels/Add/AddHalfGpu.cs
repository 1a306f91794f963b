using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>first + second.</summary>
internal struct AddMap : IGpuElementMap
{
    /// <summary>A structure of arguments has a size.</summary>
    public long Unused;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Of(float first, float second, int sample, int c) => first + second;
}

/// <summary><see cref="AddGpu{TTensor}"/> for binary16 or bfloat16, by chunks of 8 channels (<see cref="GpuChunkMap"/>).</summary>
/// <typeparam name="TElement">The element type.</typeparam>
/// <param name="type">The same.</param>
internal sealed class AddHalfGpu<TElement>(DType type) : GpuKernel<AddOp, GpuChunkMapArguments<AddMap>>
    where TElement : struct, IGpuElement
{
    public override string Name => $"Chunks{type}Gpu";

    protected override Action<GpuChunkMapArguments<AddMap>> Body => GpuChunkMap.Run<TElement, AddMap>;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is AddOp && GpuChunkMap.Fit(type, operands);

    protected override GpuChunkMapArguments<AddMap> Prepare(AddOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config) =>
        GpuChunkMap.Prepare(default(AddMap), operands[0], operands[1], operands[^1], out config);
}
