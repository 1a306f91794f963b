namespace STUNet.Inference;

/// <summary>How far work on a set of cases has come.</summary>
/// <param name="Step">What is being done.</param>
/// <param name="Done">Pieces done: cases, or labels of cases.</param>
/// <param name="Total">All pieces of the step.</param>
public readonly record struct EvaluationProgress(string Step, int Done, int Total);
