namespace STUNet.Inference;

/// <summary>How probabilities become labels on the image's grid (nnU-Net v1 <c>--mode</c>).</summary>
public enum SegmentationMode
{
    /// <summary>Probabilities are resampled to the image's grid, then the most probable class is taken. The best and the default.</summary>
    Normal,

    /// <summary>The most probable class is taken on the network's grid; the label map is resampled label by label with order 1.</summary>
    Fast,

    /// <summary>As <see cref="Fast"/> with nearest neighbours; probabilities of several folds are averaged in binary16.</summary>
    Fastest,
}
