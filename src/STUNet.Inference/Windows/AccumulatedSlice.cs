namespace STUNet.Inference;

/// <summary>
/// One slice that no later window touches, in host memory, [H, W, pitch], padding cropped off: sums of weighted predictions and, in the channel
/// after the classes, the sum of weights.
/// </summary>
/// <param name="Data">The first voxel.</param>
/// <param name="RowPitch">Floats from row to row.</param>
internal readonly unsafe record struct AccumulatedSlice(nint Data, long RowPitch)
{
    /// <summary>The first voxel of a row.</summary>
    /// <param name="y">The row.</param>
    public float* Row(int y) => (float*)Data + (y * RowPitch);
}
