using STUNet.Core;

namespace STUNet.Training;

/// <summary>How gradients change the parameters. Immutable.</summary>
public abstract record Optimiser
{
    /// <summary>Largest norm of all gradients together; larger ones are scaled down to it.</summary>
    public float MaxGradientNorm { get; init; } = 12;

    /// <summary>Weight decay of all parameters.</summary>
    public float WeightDecay { get; init; }

    /// <summary>The op of a step: inputs parameter, the buffers of <see cref="BuffersOf"/>, gradient, norm.</summary>
    internal abstract Op Update { get; }

    /// <summary>Everything that decides the result, as text.</summary>
    public abstract string Describe();

    /// <summary>Names of the buffers a parameter has.</summary>
    /// <param name="parameter">Its name.</param>
    internal abstract IReadOnlyList<string> BuffersOf(string parameter);
}
