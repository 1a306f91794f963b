namespace STUNet.Inference;

/// <summary>What a segmentation is busy with.</summary>
public enum SegmentationStage
{
    /// <summary>Reading the image.</summary>
    Reading,

    /// <summary>Cropping, resampling and normalising.</summary>
    Preprocessing,

    /// <summary>The network, window by window; finished slices are exported in between.</summary>
    Network,

    /// <summary>Dividing by the weights, resampling to the image's grid and labelling; timed by itself, reported as part of <see cref="Network"/>.</summary>
    Export,

    /// <summary>Writing the label map.</summary>
    Writing,
}
