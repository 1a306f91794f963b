namespace STUNet.Training;

/// <summary>How far a final validation has come.</summary>
/// <param name="Step">What is being done.</param>
/// <param name="Done">Cases done, those in progress by their share.</param>
/// <param name="Total">All cases.</param>
public readonly record struct ValidationProgress(string Step, double Done, double Total);
