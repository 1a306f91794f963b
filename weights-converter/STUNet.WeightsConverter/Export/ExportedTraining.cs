using System.Collections.Immutable;
using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>The state of a training that a checkpoint keeps beside its weights.</summary>
public sealed record ExportedTraining
{
    /// <summary>By whose rules it trains: batches, loss, epochs.</summary>
    public required NnunetVersion Rules { get; init; }

    /// <summary>Epochs that are done.</summary>
    public required int Epoch { get; init; }

    /// <summary>The learning rate of an epoch, 0 up to the number of all epochs.</summary>
    public required Func<int, double> LearningRateOf { get; init; }

    /// <summary>Momentum of the optimiser.</summary>
    public required double Momentum { get; init; }

    /// <summary>Weight decay of the optimiser.</summary>
    public required double WeightDecay { get; init; }

    /// <summary>Name of the tensor that holds the momentum buffer of a parameter; null for a parameter that never had a gradient.</summary>
    public required Func<string, string?> BufferOf { get; init; }

    /// <summary>The factor on the loss; null where it is not scaled.</summary>
    public ExportedLossScale? LossScale { get; init; }

    /// <summary>The epochs, as far as they are known.</summary>
    public required ImmutableArray<ExportedEpoch> Epochs { get; init; }
}
