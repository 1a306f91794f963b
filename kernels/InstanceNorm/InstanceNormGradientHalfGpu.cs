using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>gamma * rstd * (dy - sum(dy) / V - xn * sum(dy * xn) / V), the first x, the second dy.</summary>
internal struct InstanceNormGradientMap : IGpuElementMap
{
    public GpuTensor Statistics;
    public GpuTensor Gamma;
    public GpuTensor Sums;
    public int VoxelsPerSample;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Of(float first, float second, int sample, int c)
    {
        float rstd = Statistics.At((2 * sample) + 1, c);
        float normalised = (first - Statistics.At(2 * sample, c)) * rstd;
        float gradients = Sums.At((2 * sample) + InstanceNormGradientSumsOp.Gradients, c) / VoxelsPerSample;
        float products = Sums.At((2 * sample) + InstanceNormGradientSumsOp.Products, c) / VoxelsPerSample;
        return Gamma.At(0, c) * rstd * (second - gradients - (normalised * products));
    }
}

/// <summary><see cref="InstanceNormGradientGpu{TTensor}"/> for binary16 or bfloat16, by chunks of 8 channels (<see cref="GpuChunkMap"/>).</summary>
/// <typeparam name="TElement">The element type.</typeparam>
/// <param name="type">The same.</param>
internal sealed class InstanceNormGradientHalfGpu<TElement>(DType type) : GpuKernel<InstanceNormGradientOp, GpuChunkMapArguments<InstanceNormGradientMap>>
    where TElement : struct, IGpuElement
{
    public override string Name => $"GradientChunks{type}Gpu";

    protected override Action<GpuChunkMapArguments<InstanceNormGradientMap>> Body => GpuChunkMap.Run<TElement, InstanceNormGradientMap>;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) =>
        op is InstanceNormGradientOp && GpuChunkMap.Fit(type, operands[0], operands[4], operands[^1]) && GpuTensor.FitAll(operands[1..4]);

    protected override GpuChunkMapArguments<InstanceNormGradientMap> Prepare(InstanceNormGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config)
    {
        InstanceNormGradientMap map = new()
        {
            Statistics = GpuTensor.From(operands[1]),
            Gamma = GpuTensor.From(operands[2]),
            Sums = GpuTensor.From(operands[3]),
            VoxelsPerSample = (int)operands[0].Desc.Shape.Voxels,
        };
        return GpuChunkMap.Prepare(map, operands[0], operands[4], operands[^1], out config);
    }
}
