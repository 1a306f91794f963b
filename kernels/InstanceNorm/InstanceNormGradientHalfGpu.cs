using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary><see cref="InstanceNormGradientGpu{TTensor}"/> for binary16 or bfloat16, by chunks of 8 channels.</summary>
internal sealed class InstanceNormGradientHalfGpu<TElement>(DType type) : GpuChunkMapKernel<InstanceNormGradientOp, TElement, InstanceNormGradientGpuMap>(type)
    where TElement : struct, IGpuElement
{
    public override string Name { get; } = $"GradientChunks{type}Gpu";

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is InstanceNormGradientOp && Fit(operands[0], operands[4], operands[^1]) && GpuTensor.FitAll(operands[1..4]) && GpuTensor.FitAll(operands[5..^1]);

    protected override GpuChunkMapArguments<InstanceNormGradientGpuMap> Prepare(InstanceNormGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config) =>
        Prepare(InstanceNormGradientGpuMap.From(op, operands), operands[0], operands[4], operands[^1], out config);
}
