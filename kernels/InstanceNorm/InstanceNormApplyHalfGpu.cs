using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary><see cref="InstanceNormApplyGpu{TTensor}"/> for binary16 or bfloat16, by chunks of 8 channels.</summary>
internal sealed class InstanceNormApplyHalfGpu<TElement>(DType type) : GpuChunkMapKernel<InstanceNormApplyOp, TElement, InstanceNormApplyGpuMap>(type)
    where TElement : struct, IGpuElement
{
    public override string Name { get; } = $"ApplyChunks{type}Gpu";

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is InstanceNormApplyOp apply && Fit(operands[0], operands[^1], operands[apply.HasResidual ? 4 : 0]) && GpuTensor.FitAll(operands[1..4]);

    protected override GpuChunkMapArguments<InstanceNormApplyGpuMap> Prepare(InstanceNormApplyOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config) =>
        Prepare(InstanceNormApplyGpuMap.From(op, operands), operands[0], op.HasResidual ? operands[4] : null, operands[^1], out config);
}
