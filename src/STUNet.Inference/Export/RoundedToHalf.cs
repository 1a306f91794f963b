namespace STUNet.Inference;

/// <summary>A choice among values that are rounded to binary16 before.</summary>
/// <param name="Choice">The choice.</param>
/// <param name="Pitch">Floats of a voxel.</param>
internal readonly unsafe record struct RoundedToHalf<T>(T Choice, int Pitch) : ILabelChoice
    where T : struct, ILabelChoice
{
    /// <inheritdoc/>
    public uint LabelOf(float* values)
    {
        float* rounded = stackalloc float[Pitch];
        for (int k = 0; k < Pitch; k++)
            rounded[k] = (float)(Half)values[k];
        return Choice.LabelOf(rounded);
    }
}
