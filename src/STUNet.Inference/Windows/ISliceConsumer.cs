namespace STUNet.Inference;

/// <summary>Receives the finished slices of the network's volume, in order.</summary>
internal interface ISliceConsumer
{
    /// <summary>Takes a slice. Both slices are valid during the call only.</summary>
    /// <param name="z">The slice, without padding.</param>
    /// <param name="current">Its probabilities.</param>
    /// <param name="previous">Those of slice z - 1; default for the first.</param>
    void Accept(int z, ProbabilitySlice current, ProbabilitySlice previous);
}
