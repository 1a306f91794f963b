using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary><see cref="LeakyReluGradientGpu{TTensor}"/> for binary16 or bfloat16, by chunks of 8 channels.</summary>
internal sealed class LeakyReluGradientHalfGpu<TElement>(DType type) : GpuChunkMapKernel<LeakyReluGradientOp, TElement, LeakyReluGradientGpuMap>(type)
    where TElement : struct, IGpuElement
{
    public override string Name { get; } = $"GradientChunks{type}Gpu";

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is LeakyReluGradientOp && Fit(operands);

    protected override GpuChunkMapArguments<LeakyReluGradientGpuMap> Prepare(LeakyReluGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config) =>
        Prepare(new LeakyReluGradientGpuMap { Slope = op.Slope }, operands[0], operands[1], operands[^1], out config);
}
