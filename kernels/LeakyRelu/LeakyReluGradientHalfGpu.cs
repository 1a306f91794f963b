using System.Runtime.CompilerServices;
using ILGPU;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The second, dy, where the first, y, is above 0; else slope times it.</summary>
internal struct LeakyReluGradientMap : IGpuElementMap
{
    public float Slope;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Of(float first, float second, int sample, int c) => first > 0 ? second : Slope * second;
}

/// <summary><see cref="LeakyReluGradientGpu{TTensor}"/> for binary16 or bfloat16, by chunks of 8 channels (<see cref="GpuChunkMap"/>).</summary>
/// <typeparam name="TElement">The element type.</typeparam>
/// <param name="type">The same.</param>
internal sealed class LeakyReluGradientHalfGpu<TElement>(DType type) : GpuKernel<LeakyReluGradientOp, GpuChunkMapArguments<LeakyReluGradientMap>>
    where TElement : struct, IGpuElement
{
    public override string Name => $"GradientChunks{type}Gpu";

    protected override Action<GpuChunkMapArguments<LeakyReluGradientMap>> Body => GpuChunkMap.Run<TElement, LeakyReluGradientMap>;

    public override bool Supports(Op op, ReadOnlySpan<TensorDesc> operands, DeviceCaps caps) => op is LeakyReluGradientOp && GpuChunkMap.Fit(type, operands);

    protected override GpuChunkMapArguments<LeakyReluGradientMap> Prepare(LeakyReluGradientOp op, ReadOnlySpan<TensorView> operands, out KernelConfig config) =>
        GpuChunkMap.Prepare(new LeakyReluGradientMap { Slope = op.Slope }, operands[0], operands[1], operands[^1], out config);
}
