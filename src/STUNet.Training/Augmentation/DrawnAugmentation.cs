namespace STUNet.Training;

/// <summary>The augmentation of one sample, all parameters drawn.</summary>
/// <param name="Spatial">From the loaded patch to the network's.</param>
/// <param name="Steps">What is done to the network's patch, in order.</param>
public sealed record DrawnAugmentation(SpatialTransform Spatial, IReadOnlyList<IAugmentation> Steps);
