namespace STUNet.Inference;

/// <summary>The outcome of one case: a result, or the error that stopped it.</summary>
/// <param name="Case">The case.</param>
/// <param name="Result">What it gave; null where it failed.</param>
/// <param name="Error">Why it failed; null where it did not.</param>
public sealed record CaseResult(SegmentationCase Case, SegmentationResult? Result, Exception? Error);
