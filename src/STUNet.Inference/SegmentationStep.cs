namespace STUNet.Inference;

/// <summary>What is timed by itself during a segmentation, in the order in which it first happens.</summary>
public enum SegmentationStep
{
    /// <summary>Reading and inflating the image.</summary>
    Reading,

    /// <summary>Checking the channels, finding the nonzero region, cropping to it.</summary>
    Cropping,

    /// <summary>Transposing and resampling to the network's spacing.</summary>
    Resampling,

    /// <summary>Normalising intensities and padding to the patch.</summary>
    Normalisation,

    /// <summary>The networks, window by window.</summary>
    Windows,

    /// <summary>Taking, clearing and releasing the memory that windows are added up in, and the map of their weights.</summary>
    Accumulator,

    /// <summary>Dividing by the sums of weights, resampling to the image's grid and labelling; then the model's postprocessing.</summary>
    Export,

    /// <summary>Deflating and writing the label map.</summary>
    Writing,
}
