using STUNet.Core;
using STUNet.Model;
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
    public static IReadOnlyList<TrainingTarget> Of(EngineJob job) => Of(job.Network(), job.Patch, job.Batch);

    /// <summary>The targets of any network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="patch">Size of the image (z, y, x).</param>
    /// <param name="batch">Images at the same time.</param>
    public static IReadOnlyList<TrainingTarget> Of(StuNetConfig network, Int3 patch, int batch)
    {
        Int3[] sizes = DeepSupervision.Sizes(patch, DeepSupervision.Scales([.. network.Strides], NnunetVersion.V1));
        return [.. sizes.Zip(Weights).Where(target => target.Second != 0)
            .Select((target, scale) => new TrainingTarget(target.First, target.Second, Draw(batch * target.First.Product, network.Classes, scale)))];
    }

    private static short[] Draw(long voxels, int classes, int scale)
    {
        Random random = new(scale);
        short[] labels = new short[voxels];
        for (int i = 0; i < labels.Length; i++)
            labels[i] = (short)random.Next(classes);
        return labels;
    }
}
