using System.Collections.Immutable;

namespace STUNet.WeightsConverter;

/// <summary>What an epoch gave, for the lists in a checkpoint.</summary>
/// <param name="LearningRate">Its learning rate.</param>
/// <param name="TrainingLoss">Mean loss of the training batches.</param>
/// <param name="ValidationLoss">Mean loss of the validation batches.</param>
/// <param name="Dice">Pseudo Dice per class.</param>
/// <param name="MeanDice">Its mean over the classes.</param>
/// <param name="AverageDice">The moving average of that.</param>
/// <param name="AverageLoss">v1's moving average of the training loss.</param>
/// <param name="Seconds">Its time.</param>
public sealed record ExportedEpoch(
    double LearningRate, double TrainingLoss, double ValidationLoss, ImmutableArray<double> Dice, double MeanDice, double AverageDice, double AverageLoss, double Seconds);
