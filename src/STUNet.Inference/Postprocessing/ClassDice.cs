namespace STUNet.Inference;

/// <summary>Mean Dice of every class or region over a set of cases; NaN where it never occurs.</summary>
public sealed class ClassDice
{
    private readonly Dictionary<string, double> _values;

    internal ClassDice(EvaluationSummary summary) =>
        _values = summary.Options.Evaluated.Select((what, i) => (what.Key, Dice: summary.Mean[i]["Dice"])).ToDictionary(pair => pair.Key, pair => pair.Dice);

    /// <summary>The mean of a class or region.</summary>
    /// <param name="what">The class or region.</param>
    public double this[LabelOrRegion what] => _values[what.Key];

    internal SortedDictionary<string, object?> Json()
    {
        SortedDictionary<string, object?> json = new(StringComparer.Ordinal);
        foreach ((string key, double value) in _values)
            json[key] = value;
        return json;
    }
}
