using System.Runtime.CompilerServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The gradient of an element, gamma * rstd * (dy - sum(dy) / V - xn * sum(dy * xn) / V): first x, second dy.</summary>
internal struct InstanceNormGradientGpuMap : IGpuElementMap
{
    public GpuTensor Statistics;
    public GpuTensor Gamma;
    public GpuTensor Sums;
    public int VoxelsPerSample;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    /// <summary>The map of an <see cref="InstanceNormGradientOp"/>'s operands.</summary>
    public static InstanceNormGradientGpuMap From(ReadOnlySpan<TensorView> operands) => new()
    {
        Statistics = GpuTensor.From(operands[1]),
        Gamma = GpuTensor.From(operands[2]),
        Sums = GpuTensor.From(operands[3]),
        VoxelsPerSample = (int)operands[0].Desc.Shape.Voxels,
    };

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
