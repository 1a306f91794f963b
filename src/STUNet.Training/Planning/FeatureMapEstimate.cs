using System.Collections.Immutable;

namespace STUNet.Training;

/// <summary>
/// nnU-Net's measure of a plan's memory: voxels times channels of all feature maps of its own plain U-Net with two convolutions per stage. STU-Net L and H
/// need much more; plans are compared by it all the same.
/// </summary>
internal static class FeatureMapEstimate
{
    /// <param name="patch">The patch.</param>
    /// <param name="poolings">Stride into every stage.</param>
    /// <param name="labels">Declared labels, background and ignore label included.</param>
    /// <param name="baseFeatures">Channels of the first stage, doubled from stage to stage.</param>
    /// <param name="maxFeatures">Channels at most.</param>
    public static long Of(ImmutableArray<int> patch, ImmutableArray<ImmutableArray<int>> poolings, int labels, int baseFeatures, int maxFeatures)
    {
        long[] size = [.. patch.Select(length => (long)length)];
        long estimate = 0;
        for (int stage = 0; stage < poolings.Length; stage++)
        {
            for (int axis = 0; axis < size.Length; axis++)
                size[axis] /= poolings[stage][axis];
            long voxels = size.Aggregate(1L, (product, length) => product * length);
            long features = Math.Min(maxFeatures, (long)baseFeatures << Math.Min(stage, 32));
            // Two convolutions of the encoder; in the decoder two more and the upsampled map, except at the bottleneck.
            bool decoded = stage < poolings.Length - 1;
            estimate += features * voxels * (decoded ? 5 : 2);
            // The full-resolution logits belong to the decoder: a network without any pooling has none.
            if (stage == 0 && decoded)
                estimate += labels * voxels;
        }

        return estimate;
    }
}
