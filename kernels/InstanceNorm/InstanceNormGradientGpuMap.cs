using System.Runtime.CompilerServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The gradient of an element, gamma * rstd * (dy - sum(dy) / V - xn * sum(dy * xn) / V): first x, second dy, which behind an activation counts times its slope where xn * gamma + beta is not above 0.</summary>
internal struct InstanceNormGradientGpuMap : IGpuElementMap
{
    public GpuTensor Statistics;
    public GpuTensor Gamma;

    /// <summary>Gamma where there is no activation: then it does not matter.</summary>
    public GpuTensor Beta;
    public GpuTensor Sums;
    public int VoxelsPerSample;
    public float InverseVoxels;
    public float Slope;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    /// <summary>The map of an <see cref="InstanceNormGradientOp"/> and its operands.</summary>
    public static InstanceNormGradientGpuMap From(InstanceNormGradientOp op, ReadOnlySpan<TensorView> operands) => new()
    {
        Statistics = GpuTensor.From(operands[1]),
        Gamma = GpuTensor.From(operands[2]),
        Beta = GpuTensor.From(operands[op.ActivationSlope == 1 ? 2 : 5]),
        Sums = GpuTensor.From(operands[3]),
        VoxelsPerSample = (int)operands[0].Desc.Shape.Voxels,
        InverseVoxels = 1f / operands[0].Desc.Shape.Voxels,
        Slope = op.ActivationSlope,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Of(float first, float second, int sample, int c)
    {
        float rstd = Statistics.At((2 * sample) + 1, c);
        float normalised = (first - Statistics.At(2 * sample, c)) * rstd;
        float gamma = Gamma.At(0, c);
        float gradient = LeakyReluGradientGpuMap.Of((normalised * gamma) + Beta.At(0, c), second, Slope);
        float gradients = Sums.At((2 * sample) + InstanceNormGradientSumsOp.Gradients, c) * InverseVoxels;
        float products = Sums.At((2 * sample) + InstanceNormGradientSumsOp.Products, c) * InverseVoxels;
        return gamma * rstd * (gradient - gradients - (normalised * products));
    }
}
