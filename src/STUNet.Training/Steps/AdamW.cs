using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Training;

/// <summary>AdamW with PyTorch's settings (<see cref="AdamWOp"/>): for trainings of a few thousand steps, in which nnU-Net's momentum of 0.99 hardly gets going.</summary>
public sealed record AdamW : Optimiser
{
    /// <summary>PyTorch's settings.</summary>
    public AdamW() => WeightDecay = 1e-2f;

    /// <summary>Weight of the past in the first moment.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>Weight of the past in the second moment.</summary>
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>Added to the root of the second moment.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <inheritdoc/>
    internal override Op Update => new AdamWOp(Beta1, Beta2, Epsilon, WeightDecay, MaxGradientNorm);

    /// <inheritdoc/>
    public override string Name => "adamw";

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, string>> Describe() =>
        base.Describe().Append(new("beta1", Text(Beta1))).Append(new("beta2", Text(Beta2))).Append(new("epsilon", Text(Epsilon)));

    /// <inheritdoc/>
    internal override IReadOnlyList<string> BuffersOf(string parameter) => [OptimiserBuffer.Momentum(parameter), OptimiserBuffer.Square(parameter)];
}
