namespace STUNet.Inference;

/// <summary>
/// One finished slice of class probabilities in host memory, [H, W, pitch], padding cropped off. The channels from the number of classes up to the
/// pitch are -1, so that no maximum is ever found there.
/// </summary>
/// <param name="Data">The first voxel.</param>
/// <param name="RowPitch">Floats from row to row.</param>
internal readonly unsafe record struct ProbabilitySlice(nint Data, long RowPitch)
{
    /// <summary>The first voxel of a row.</summary>
    /// <param name="y">The row.</param>
    public float* Row(int y) => (float*)Data + (y * RowPitch);
}
