using System.Collections.Immutable;

namespace STUNet.Training;

/// <summary>A plan and how it came about.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Trace">One entry per configuration that was computed, in the order of computation.</param>
public sealed record PlannedExperiment(ExperimentPlan Plan, ImmutableArray<ConfigurationTrace> Trace);
