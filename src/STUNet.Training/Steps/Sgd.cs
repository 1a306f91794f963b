using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Training;

/// <summary>Stochastic gradient descent with Nesterov momentum, as nnU-Net trains (<see cref="SgdOp"/>).</summary>
public sealed record Sgd : Optimiser
{
    /// <summary>nnU-Net's settings.</summary>
    public Sgd() => WeightDecay = 3e-5f;

    /// <summary>The momentum.</summary>
    public float Momentum { get; init; } = 0.99f;

    /// <inheritdoc/>
    internal override Op Update => new SgdOp(Momentum, WeightDecay, MaxGradientNorm);

    /// <inheritdoc/>
    public override string Name => "sgd";

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, string>> Describe() => base.Describe().Append(new("momentum", Text(Momentum)));

    /// <inheritdoc/>
    internal override IReadOnlyList<string> BuffersOf(string parameter) => [OptimiserBuffer.Momentum(parameter)];
}
