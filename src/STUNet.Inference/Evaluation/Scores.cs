using System.Collections.Immutable;

namespace STUNet.Inference;

/// <summary>The values of a list of metrics for one label or region; NaN where a metric is not defined.</summary>
public sealed class Scores
{
    internal Scores(IReadOnlyList<Metric> metrics, ImmutableArray<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, metrics.Count);
        (Metrics, Values) = (metrics, values);
    }

    /// <summary>The metrics.</summary>
    public IReadOnlyList<Metric> Metrics { get; }

    /// <summary>Their values, in the same order.</summary>
    public ImmutableArray<double> Values { get; }

    /// <summary>The value of a metric.</summary>
    /// <param name="name">Its name.</param>
    public double this[string name]
    {
        get
        {
            for (int i = 0; i < Metrics.Count; i++)
            {
                if (Metrics[i].Name == name)
                    return Values[i];
            }

            throw new KeyNotFoundException($"no metric {name}; there are {string.Join(", ", Metrics.Select(metric => metric.Name))}");
        }
    }

    internal static Scores Mean(IReadOnlyList<Metric> metrics, IReadOnlyList<Scores> rows, bool withoutNaN) =>
        new(metrics, [.. Enumerable.Range(0, metrics.Count).Select(metric =>
        {
            double[] values = [.. rows.Select(row => row.Values[metric])];
            return withoutNaN ? NumpyMean.WithoutNaN(values) : NumpyMean.Of(values);
        })]);
}
