namespace STUNet.Inference;

/// <summary>What keeping the largest component did, in mm^3.</summary>
/// <param name="Kept">The largest component; null where there was none.</param>
/// <param name="LargestRemoved">The largest that was removed; null where nothing was.</param>
public readonly record struct ComponentSizes(double? Kept, double? LargestRemoved);
