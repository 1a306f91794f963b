using System.Collections.Immutable;

namespace STUNet.Training;

/// <summary>One state of the patch while it is made to fit the memory.</summary>
/// <param name="ReducedAxis">The axis that was shortened; null for the first state.</param>
/// <param name="PatchSize">The padded patch.</param>
/// <param name="Stages">Resolutions of the network.</param>
/// <param name="Divisor">What every axis must be divisible by.</param>
/// <param name="Estimate">nnU-Net's memory estimate, in feature-map values.</param>
public sealed record PatchStep(int? ReducedAxis, ImmutableArray<int> PatchSize, int Stages, ImmutableArray<int> Divisor, long Estimate);
