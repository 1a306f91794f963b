using System.Collections.Immutable;

namespace STUNet.Training;

/// <summary>
/// The pseudo Dice of an epoch: per class from voxel counts summed over all validation patches, as if they were one image. Both nnU-Net versions; STU-Net's v1
/// trainers validate on a single batch, which makes it noisy.
/// </summary>
public sealed class OnlineEvaluation
{
    private readonly ClassCounts[] _counts;

    /// <summary>Starts an epoch.</summary>
    /// <param name="classes">Foreground classes, or regions.</param>
    public OnlineEvaluation(int classes) => _counts = new ClassCounts[classes];

    /// <summary>Dice per foreground class or region; NaN for one that was neither there nor predicted.</summary>
    public ImmutableArray<double> DicePerClass => [.. _counts.Select(counts => counts.Dice)];

    /// <summary>The mean of the Dice values that are not NaN; NaN where there is none.</summary>
    public double MeanDice => DicePerClass.Where(dice => !double.IsNaN(dice)).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Takes in a batch.</summary>
    /// <param name="batch">The counts of every class, in the order of the classes.</param>
    public void Add(ReadOnlySpan<ClassCounts> batch)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(batch.Length, _counts.Length);
        for (int i = 0; i < batch.Length; i++)
            _counts[i] += batch[i];
    }
}
