using System.Collections.Immutable;
using STUNet.Imaging;

namespace STUNet.Training;

/// <summary>A training case in memory, all of one size.</summary>
/// <param name="Channels">The image; the first channel's geometry is that of the case.</param>
/// <param name="Labels">The label map.</param>
public sealed record TrainingVolumes(ImmutableArray<Volume> Channels, LabelVolume Labels);
