namespace STUNet.Training;

/// <summary>A checkpoint to write at the end of an epoch.</summary>
/// <param name="Epoch">The epoch that ends, from 0.</param>
/// <param name="File">Name of the file in the fold's folder; replaced if it exists.</param>
/// <param name="StoredEpoch">The number of epochs done, which the checkpoint holds.</param>
public readonly record struct CheckpointWrite(int Epoch, string File, int StoredEpoch);
