namespace STUNet.Inference;

/// <summary>The class of the largest value, the lowest of equals.</summary>
/// <param name="Pitch">Floats of a voxel, a multiple of 8.</param>
internal readonly unsafe record struct MostProbableClass(int Pitch) : ILabelChoice
{
    /// <inheritdoc/>
    public uint LabelOf(float* values) => (uint)ClassMaximum.IndexOf(values, Pitch);
}
