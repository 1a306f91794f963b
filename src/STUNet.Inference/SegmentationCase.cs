using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>One of many volumes to segment.</summary>
/// <param name="Name">Name in messages and results.</param>
/// <param name="Read">Reads the channels in the model's order; called once, on another thread.</param>
/// <param name="Write">Writes the result, or null to only return it; called once, on another thread.</param>
public sealed record SegmentationCase(string Name, Func<IReadOnlyList<Volume>> Read, Action<SegmentationResult>? Write = null)
{
    /// <summary>
    /// The archive (.npz) to write probabilities to before <see cref="Write"/> is called, as nnU-Net's tools for ensembles read them, with a side file of properties (.pkl); its folder exists. Null for none. For segmenters with
    /// <see cref="SegmenterOptions.Probabilities"/>.
    /// </summary>
    public string? Probabilities { get; init; }
}
