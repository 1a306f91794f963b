namespace STUNet.WeightsConverter;

/// <summary>The checkpoint of one fold.</summary>
/// <param name="Fold">Fold: a number, or all.</param>
/// <param name="WeightsPath">The file written by torch.save.</param>
public sealed record CheckpointInput(string Fold, string WeightsPath);
