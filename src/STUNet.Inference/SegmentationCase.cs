using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>One of many volumes to segment.</summary>
/// <param name="Name">Name in messages and results.</param>
/// <param name="Read">Reads the channels in the model's order; called once, on another thread.</param>
/// <param name="Write">Writes the result, or null to only return it; called once, on another thread.</param>
public sealed record SegmentationCase(string Name, Func<IReadOnlyList<Volume>> Read, Action<SegmentationResult>? Write = null);
