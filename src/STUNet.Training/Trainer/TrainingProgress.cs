namespace STUNet.Training;

/// <summary>How far a training is.</summary>
/// <param name="Epoch">The present epoch, from 0.</param>
/// <param name="Epochs">All epochs.</param>
/// <param name="Done">Batches of the epoch that are done, training and validation.</param>
/// <param name="OfEpoch">Batches of an epoch, training and validation.</param>
/// <param name="Finished">The epoch's record, reported once, when its checkpoints are written; else null.</param>
public readonly record struct TrainingProgress(int Epoch, int Epochs, int Done, int OfEpoch, EpochRecord? Finished = null);
