namespace STUNet.Inference;

/// <summary>Gives every voxel its label and writes it through the inverse transpose into the label map at the crop box.</summary>
/// <param name="choice">What its label is.</param>
/// <param name="pitch">Floats from voxel to voxel.</param>
/// <param name="target">Where labels go.</param>
internal sealed unsafe class LabelRows<T>(T choice, int pitch, LabelTarget target) : IRowConsumer
    where T : struct, ILabelChoice
{
    /// <inheritdoc/>
    public void Accept(int z, int y, int x, int count, float* voxels)
    {
        long place = target.PlaceOf(z, y, x);
        for (int i = 0; i < count; i++, voxels += pitch, place += target.Step)
            target[place] = choice.LabelOf(voxels);
    }
}
