using STUNet.Training;

namespace STUNet.Cli;

/// <summary>A number that every epoch has.</summary>
/// <param name="Name">What it is; may be empty where the panel says it.</param>
/// <param name="Value">The number; NaN leaves a gap.</param>
internal sealed record EpochCurve(string Name, Func<EpochRecord, double> Value);
