using System.Runtime.CompilerServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// An element normalised and activated: activation((x - mean) * rstd * gamma + beta + residual), first x, second the residual. The mean is subtracted first: with |mean| much larger than the deviation
/// any other order loses the difference.
/// </summary>
internal struct InstanceNormApplyGpuMap : IGpuElementMap
{
    public GpuTensor Statistics;
    public GpuTensor Gamma;
    public GpuTensor Beta;
    public float Slope;

    /// <summary>As in <see cref="GpuTensor"/>.</summary>
    public int Unused;

    /// <summary>The map of an <see cref="InstanceNormApplyOp"/> and its operands.</summary>
    public static InstanceNormApplyGpuMap From(InstanceNormApplyOp op, ReadOnlySpan<TensorView> operands) => new()
    {
        Statistics = GpuTensor.From(operands[1]),
        Gamma = GpuTensor.From(operands[2]),
        Beta = GpuTensor.From(operands[3]),
        Slope = op.ActivationSlope,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Of(float first, float second, int sample, int c) => Activated(Normalised(first, sample, c) + second);

    /// <summary>Before the residual.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Normalised(float x, int sample, int c) =>
        ((x - Statistics.At(2 * sample, c)) * Statistics.At((2 * sample) + 1, c) * Gamma.At(0, c)) + Beta.At(0, c);

    /// <summary>After it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Activated(float value) => value > 0 ? value : Slope * value;
}
