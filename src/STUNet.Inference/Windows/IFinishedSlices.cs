namespace STUNet.Inference;

/// <summary>Does what is to be done with the slices that no later window touches, while they lie in the accumulators.</summary>
internal interface IFinishedSlices : IDisposable
{
    /// <summary>
    /// Takes slices, in order; returns when it no longer reads them. The accumulators hold them and, of the slices before, the last, which interpolating towards the first of these may need.
    /// </summary>
    /// <param name="first">The first slice of the padded volume.</param>
    /// <param name="end">The slice behind the last.</param>
    /// <param name="cancellation">Stops between two slices.</param>
    void Take(int first, int end, CancellationToken cancellation);
}
