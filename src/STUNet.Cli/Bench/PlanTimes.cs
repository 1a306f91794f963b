namespace STUNet.Cli;

/// <summary>Median times of a plan.</summary>
/// <param name="StepMilliseconds">Per step of the plan.</param>
/// <param name="TotalMilliseconds">Of the whole plan.</param>
internal sealed record PlanTimes(IReadOnlyList<double> StepMilliseconds, double TotalMilliseconds);
