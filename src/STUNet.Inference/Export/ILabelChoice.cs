namespace STUNet.Inference;

/// <summary>Turns the values of a voxel into its label. A struct, so that rows are labelled without a call per voxel.</summary>
internal unsafe interface ILabelChoice
{
    /// <summary>The label.</summary>
    /// <param name="values">Probabilities or logits, [pitch]; those behind the classes lie below all others.</param>
    uint LabelOf(float* values);
}
