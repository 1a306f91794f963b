namespace STUNet.Cli;

/// <summary>Median times of one window.</summary>
/// <param name="StepMilliseconds">Per step of the plan.</param>
/// <param name="TotalMilliseconds">Of the whole window.</param>
internal sealed record WindowTimes(IReadOnlyList<double> StepMilliseconds, double TotalMilliseconds);
