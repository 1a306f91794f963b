namespace STUNet.Training;

/// <summary>Progress over the cases of a data set.</summary>
/// <param name="Done">Cases done.</param>
/// <param name="Total">All cases.</param>
public readonly record struct CaseProgress(int Done, int Total);
