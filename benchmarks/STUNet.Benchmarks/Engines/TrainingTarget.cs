using STUNet.Core;
using STUNet.Training;

namespace STUNet.Benchmarks.Engines;

/// <summary>The labels one head of the network is trained for.</summary>
/// <param name="Size">Voxels (z, y, x).</param>
/// <param name="Weight">Weight of its loss.</param>
/// <param name="Labels">One label a voxel, sample after sample: uniform among the classes.</param>
internal sealed record TrainingTarget(Int3 Size, double Weight, short[] Labels)
{
    /// <summary>nnU-Net's weights for five resolutions.</summary>
    public static IReadOnlyList<double> Weights { get; } = DeepSupervision.Weights(5);

    /// <summary>The targets of a job from the finest on, those whose loss has no weight left out.</summary>
    public static IReadOnlyList<TrainingTarget> Of(EngineJob job)
    {
        Int3[] sizes = DeepSupervision.Sizes(job.Patch, DeepSupervision.Scales([.. job.Network().Strides], Model.NnunetVersion.V1));
        return [.. sizes.Zip(Weights).Where(target => target.Second != 0).Select((target, scale) => new TrainingTarget(target.First, target.Second, Draw(job, target.First, scale)))];
    }

    private static short[] Draw(EngineJob job, Int3 size, int scale)
    {
        Random random = new(scale);
        short[] labels = new short[job.Batch * size.Product];
        for (int i = 0; i < labels.Length; i++)
            labels[i] = (short)random.Next(job.Classes);
        return labels;
    }
}
