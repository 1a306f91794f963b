namespace STUNet.Training;

/// <summary>What became of one case.</summary>
/// <param name="Case">Its identifier.</param>
/// <param name="IsWritten">Whether it was preprocessed now; false where the file was up to date, or it failed.</param>
/// <param name="Bytes">Size of its file; 0 where it failed.</param>
/// <param name="Failure">Why there is no file of it; null where there is one.</param>
public sealed record CaseOutcome(string Case, bool IsWritten, long Bytes, Exception? Failure);
