using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>A checkpoint to write for PyTorch.</summary>
/// <param name="Fold">Its fold: a number, or all.</param>
/// <param name="Tensors">Its weights by the names of the parameters, and momentum buffers where it has a training.</param>
public sealed record ExportedCheckpoint(string Fold, ITensorSource Tensors)
{
    /// <summary>Which checkpoint of the fold it is.</summary>
    public CheckpointName Name { get; init; }

    /// <summary>Where its training stands; null for weights alone.</summary>
    public ExportedTraining? Training { get; init; }
}
