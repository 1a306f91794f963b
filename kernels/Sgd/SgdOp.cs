using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// One step of stochastic gradient descent with Nesterov momentum, in place. With g the gradient over the loss's factor
/// <see cref="RunArguments.LossScale"/> times min(1, MaxNorm / (norm + 1e-6)), norm over that factor too, the rate of
/// <see cref="RunArguments.LearningRate"/> and a momentum buffer that begins as zeros:
/// d = g + WeightDecay * w; v = Momentum * v + d; w = w - rate * (d + Momentum * v). Where the norm is not finite nothing changes.
/// Inputs: parameter w, momentum buffer v, gradient, norm of all gradients as of <see cref="GlobalNormOp"/>.
/// </summary>
/// <param name="Momentum">0.99 in nnU-Net.</param>
/// <param name="WeightDecay">3e-5 in nnU-Net.</param>
/// <param name="MaxNorm">12 in nnU-Net.</param>
public sealed record SgdOp(float Momentum, float WeightDecay, float MaxNorm) : Op("sgd")
{
    /// <inheritdoc/>
    public override IReadOnlyList<IKernel> CpuKernels => SgdCpu.Kernels;

    /// <inheritdoc/>
    public override IReadOnlyList<int> WrittenInputs => [0, 1];

    /// <inheritdoc/>
    public override TensorDesc InferOutput(ReadOnlySpan<TensorDesc> inputs)
    {
        if (inputs[1] != inputs[0] || inputs[2] != inputs[0] || inputs[3].Shape != Shape.Channels(1))
            throw new ShapeException(Name, $"momentum {inputs[1]}, gradient {inputs[2]} and norm {inputs[3]} do not belong to parameter {inputs[0]}");
        return TensorDesc.None;
    }

    /// <inheritdoc/>
    public override WorkEstimate Estimate(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => new(8 * inputs[0].Shape.Count, 5 * inputs[0].ByteLength);

    /// <inheritdoc/>
    public override string Problem(ReadOnlySpan<TensorDesc> inputs, TensorDesc output) => $"{Name} {inputs[0].Shape}";
}
