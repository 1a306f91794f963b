using System.Globalization;
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

    /// <summary>Name in checkpoints.</summary>
    public abstract string Name { get; }

    /// <summary>Everything that decides the result, by name, as text.</summary>
    public virtual IEnumerable<KeyValuePair<string, string>> Describe() =>
    [
        new("optimiser", Name), new("weight_decay", Text(WeightDecay)), new("max_gradient_norm", Text(MaxGradientNorm)),
    ];

    /// <summary>Names of the buffers a parameter has.</summary>
    /// <param name="parameter">Its name.</param>
    internal abstract IReadOnlyList<string> BuffersOf(string parameter);

    /// <summary>The shortest text that gives the same bits.</summary>
    private protected static string Text(float value) => value.ToString("R", CultureInfo.InvariantCulture);
}
