namespace STUNet.Training;

/// <summary>By what a checkpoint knows its cases.</summary>
/// <param name="Split">Hash of the names of training and validation cases, and of the rules they were preprocessed by.</param>
/// <param name="Content">
/// Hash of what every case was made of (<see cref="ITrainingCases.SourceOf"/>); null where that is not known, as in checkpoints of programs that did not keep it.
/// </param>
internal sealed record CasesHash(string Split, string? Content);
