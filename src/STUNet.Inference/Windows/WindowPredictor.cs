using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// One fold's network as the sliding window sees it: given a window, it adds the probabilities or logits of the classes to the accumulator. Used by one thread at a time.
/// </summary>
internal abstract class WindowPredictor : IDisposable
{
    /// <summary>Sets the weight of every voxel of a window, from now on.</summary>
    /// <param name="importance">Weights [z, y, x] of the patch.</param>
    public abstract void SetImportance(ReadOnlySpan<float> importance);

    /// <summary>
    /// Loads the window, predicts it, and adds values and weights to the accumulator; on a device with a queue, enqueues that.
    /// </summary>
    /// <param name="arguments">The window, its mirroring and the volumes.</param>
    public abstract void Accumulate(in RunArguments arguments);

    /// <inheritdoc/>
    public abstract void Dispose();
}
