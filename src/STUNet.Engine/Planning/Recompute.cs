namespace STUNet.Engine;

/// <summary>What the backward pass computes anew instead of keeping it from the forward pass. Less memory for more work; the results are the same.</summary>
public enum Recompute
{
    /// <summary>Nothing: all that is read again is kept.</summary>
    Nothing,

    /// <summary>What takes one pass over memory: normalised activations, concatenations, upsampled tensors.</summary>
    Cheap,

    /// <summary>
    /// The convolutions inside of residual blocks too: only blocks' inputs and outputs are kept. Costs about one more forward pass.
    /// </summary>
    Blocks,
}
