using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// One step of AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019), in place. With g the gradient times
/// min(1, MaxNorm / (norm + 1e-6)), the rate of <see cref="RunArguments.LearningRate"/>, t = <see cref="RunArguments.OptimiserStep"/> and buffers that begin as zeros:
/// m = Beta1 * m + (1 - Beta1) * g; v = Beta2 * v + (1 - Beta2) * g^2;
/// w = w * (1 - rate * WeightDecay) - rate / (1 - Beta1^t) * m / (sqrt(v / (1 - Beta2^t)) + Epsilon). Where the norm is not finite nothing changes.
/// Inputs: parameter w, first moment m, second moment v, gradient, norm of all gradients as of <see cref="GlobalNormOp"/>.
/// </summary>
/// <param name="Beta1">0.9 usually.</param>
/// <param name="Beta2">0.999 usually.</param>
/// <param name="Epsilon">1e-8 usually.</param>
/// <param name="WeightDecay">1e-2 in PyTorch.</param>
/// <param name="MaxNorm">12 in nnU-Net.</param>
public sealed record AdamWOp(float Beta1, float Beta2, float Epsilon, float WeightDecay, float MaxNorm) : Op("adamw")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => AdamWCpu.Kernels;

    /// <inheritdoc/>
    public override IReadOnlyList<int> WrittenInputs => [0, 1, 2];

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        if (inputs[1] != inputs[0] || inputs[2] != inputs[0] || inputs[3] != inputs[0] || inputs[4].Shape != Shape.Channels(1))
            throw new ShapeException(Name, $"moments {inputs[1]} and {inputs[2]}, gradient {inputs[3]} and norm {inputs[4]} do not belong to parameter {inputs[0]}");
        return TensorDesc.None;
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => new(14 * inputs[0].Shape.Count, 7 * inputs[0].ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape}";

    /// <summary>What is the same for all elements of the step of a run.</summary>
    /// <param name="run">The run.</param>
    internal AdamWFactors FactorsOf(in RunArguments run) => AdamWFactors.Of(Beta1, Beta2, WeightDecay, run.LearningRate, run.OptimiserStep);
}
