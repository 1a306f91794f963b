namespace STUNet.Training;

/// <summary>An exponential moving average whose first value is taken as it is.</summary>
public sealed class MovingAverage
{
    private readonly double _kept;
    private readonly double _added;

    private MovingAverage(double kept, double added) => (_kept, _added) = (kept, added);

    /// <summary>The average so far; null before the first value.</summary>
    public double? Value { get; private set; }

    /// <summary>v1's average of the training loss.</summary>
    /// <param name="value">The average of a run to go on with; null for a new one.</param>
    public static MovingAverage OfTrainingLossV1(double? value = null) => new(0.93, 1 - 0.93) { Value = value };

    /// <summary>v1's average of the validation metric.</summary>
    /// <param name="value">The average of a run to go on with; null for a new one.</param>
    public static MovingAverage OfMetricV1(double? value = null) => new(0.9, 1 - 0.9) { Value = value };

    // v2 writes the share of the new value as 0.1, which is not 1 - 0.9 to the last bit.

    /// <summary>v2's average of the pseudo Dice, which decides on the best checkpoint.</summary>
    /// <param name="value">The average of a run to go on with; null for a new one.</param>
    public static MovingAverage OfPseudoDiceV2(double? value = null) => new(0.9, 0.1) { Value = value };

    /// <summary>Takes in a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The new average.</returns>
    public double Add(double value)
    {
        Value = Value is { } average ? (_kept * average) + (_added * value) : value;
        return Value.Value;
    }
}
