namespace STUNet.Training;

/// <summary>Which samples of a batch must contain foreground.</summary>
public static class ForegroundOversampling
{
    /// <summary>The share of both nnU-Net versions.</summary>
    public const double DefaultShare = 0.33;

    /// <summary>Whether a sample is forced to contain foreground: the last ones of a batch are, the number of the others rounded half to even.</summary>
    /// <param name="indexInBatch">The sample, from 0.</param>
    /// <param name="batchSize">Samples of the batch.</param>
    /// <param name="share">The share of forced samples, in [0, 1].</param>
    public static bool IsForced(int indexInBatch, int batchSize, double share = DefaultShare) =>
        !(indexInBatch < Math.Round(batchSize * (1 - share), MidpointRounding.ToEven));
}
