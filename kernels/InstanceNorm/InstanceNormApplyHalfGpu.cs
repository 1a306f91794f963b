using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>activation((x - mean) * rstd * gamma + beta + residual), the first x, the second the residual.</summary>
internal struct InstanceNormApplyMap : IGpuElementMap
{
    public GpuTensor Statistics;
    public GpuTensor Gamma;
    public GpuTensor Beta;
    public float Slope;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Of(float first, float second, int sample, int c)
    {
        float centred = first - Statistics.At(2 * sample, c);
        float value = (centred * Statistics.At((2 * sample) + 1, c) * Gamma.At(0, c)) + Beta.At(0, c) + second;
        return value > 0 ? value : Slope * value;
    }
}

/// <summary><see cref="InstanceNormApplyGpu{TTensor}"/> for binary16 or bfloat16, by chunks of 8 channels (<see cref="GpuChunkMap"/>).</summary>
/// <typeparam name="TElement">The element type.</typeparam>
/// <param name="type">The same.</param>
internal sealed class InstanceNormApplyHalfGpu<TElement>(DType type) : GpuKernel<InstanceNormApplyOp, GpuChunkMapArguments<InstanceNormApplyMap>>
    where TElement : struct, IGpuElement
{
    public override string Name => $"ApplyChunks{type}Gpu";

    protected override Action<GpuChunkMapArguments<InstanceNormApplyMap>> Body => GpuChunkMap.Run<TElement, InstanceNormApplyMap>;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is InstanceNormApplyOp apply && GpuChunkMap.Fit(type, operands[0], operands[^1], operands[apply.HasResidual ? 4 : 0]) && GpuTensor.FitAll(operands[1..4]);

    protected override GpuChunkMapArguments<InstanceNormApplyMap> Prepare(InstanceNormApplyOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        InstanceNormApplyMap map = new()
        {
            Statistics = GpuTensor.From(operands[1]),
            Gamma = GpuTensor.From(operands[2]),
            Beta = GpuTensor.From(operands[3]),
            Slope = op.ActivationSlope,
        };
        return GpuChunkMap.Prepare(map, operands[0], op.HasResidual ? operands[4] : null, operands[^1], out config);
    }
}
