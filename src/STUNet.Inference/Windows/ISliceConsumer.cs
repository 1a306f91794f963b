namespace STUNet.Inference;

/// <summary>Receives the slices of the network's volume that no later window touches, in order.</summary>
internal interface ISliceConsumer
{
    /// <summary>Takes a slice. Both slices are valid during the call only.</summary>
    /// <param name="z">The slice, without padding.</param>
    /// <param name="current">Its sums.</param>
    /// <param name="previous">Those of slice z - 1; default for the first.</param>
    void Accept(int z, AccumulatedSlice current, AccumulatedSlice previous);
}
