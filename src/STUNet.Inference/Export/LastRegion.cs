namespace STUNet.Inference;

/// <summary>
/// The label of the last region that a voxel lies in, 0 outside of all: regions are written over one another in order. A voxel lies in a region where the
/// sigmoid of its logit is above one half, which is where the logit is above 0.
/// </summary>
/// <param name="Labels">The label of every region.</param>
internal readonly unsafe record struct LastRegion(uint[] Labels) : ILabelChoice
{
    /// <inheritdoc/>
    public uint LabelOf(float* values)
    {
        for (int region = Labels.Length - 1; region >= 0; region--)
        {
            if (values[region] > 0)
                return Labels[region];
        }

        return 0;
    }
}
