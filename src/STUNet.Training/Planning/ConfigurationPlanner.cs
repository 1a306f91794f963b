using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>Plans one configuration: the largest patch that fits nnU-Net's memory reference, its topology and the batch size.</summary>
internal sealed class ConfigurationPlanner
{
    private const int BaseFeatures = 32;
    private const int ConvolutionsPerStage = 2;
    private const int LeastBatch = 2;
    private const double LargestBatchShare = 0.05;

    private readonly DatasetDescription _description;
    private readonly ImmutableArray<string> _schemes;
    private readonly ImmutableArray<bool> _masks;

    public ConfigurationPlanner(DatasetDescription description, DatasetFingerprint fingerprint)
    {
        _description = description;
        _schemes = [.. description.ChannelNames.Select(ChannelScheme.Of)];
        _masks = [.. _schemes.Select(scheme => ChannelScheme.UsesMask(scheme, fingerprint.MedianRelativeSizeAfterCropping))];
    }

    /// <param name="name">The configuration's name.</param>
    /// <param name="spacing">Target spacing, mm, transposed; two axes for slices.</param>
    /// <param name="median">Median size at that spacing, of the same axes.</param>
    /// <param name="datasetVoxels">Voxels of the whole data set at that spacing.</param>
    /// <param name="batchDice">Whether the Dice loss sums over the batch.</param>
    public (PlanConfiguration Configuration, ConfigurationTrace Trace) Plan(string name, double[] spacing, double[] median, double datasetVoxels, bool batchDice)
    {
        MemoryReference reference = spacing.Length == 3 ? MemoryReference.Volumes : MemoryReference.Slices;
        double[] initial = InitialPatch(spacing, median, reference);
        NetworkTopology topology = NetworkTopology.Of(spacing, initial);
        long estimate = Estimate(topology, reference);
        ImmutableArray<PatchStep>.Builder steps = ImmutableArray.CreateBuilder<PatchStep>();
        steps.Add(new PatchStep(null, topology.PatchSize, topology.Stages, topology.Divisor, estimate));
        while (estimate > reference.Estimate)
        {
            int axis = AxisToReduce(topology.PatchSize, median);
            double[] patch = [.. topology.PatchSize.Select(length => (double)length)];
            double[] shorter = [.. patch];
            shorter[axis] -= topology.Divisor[axis];
            // The shorter patch may have fewer poolings: only as much is taken off as it then needs.
            patch[axis] -= NetworkTopology.Of(spacing, shorter).Divisor[axis];
            if (patch[axis] <= 0)
                throw new InvalidRequestException($"No patch of {name} fits nnU-Net's memory reference with {_description.Labels.Entries.Length} labels; declare fewer labels.");
            topology = NetworkTopology.Of(spacing, patch);
            estimate = Estimate(topology, reference);
            steps.Add(new PatchStep(axis, topology.PatchSize, topology.Stages, topology.Divisor, estimate));
        }

        double patchVoxels = topology.PatchSize.Aggregate(1.0, (product, length) => product * length);
        long batchFromMemory = (long)Math.Round((double)reference.Estimate / estimate * reference.Batch, MidpointRounding.ToEven);
        long batchCap = (long)Math.Round(datasetVoxels * LargestBatchShare / patchVoxels, MidpointRounding.ToEven);
        PlanConfiguration configuration = new()
        {
            Name = name,
            DataIdentifier = $"{ExperimentPlan.DefaultName}_{name}",
            BatchSize = (int)Math.Max(Math.Min(batchFromMemory, batchCap), LeastBatch),
            PatchSize = topology.PatchSize,
            MedianImageSizeInVoxels = [.. median],
            Spacing = [.. spacing],
            NormalizationSchemes = _schemes,
            UseMaskForNorm = _masks,
            UNetBaseNumFeatures = BaseFeatures,
            ConvolutionsPerStageEncoder = [.. Enumerable.Repeat(ConvolutionsPerStage, topology.Stages)],
            ConvolutionsPerStageDecoder = [.. Enumerable.Repeat(ConvolutionsPerStage, topology.Stages - 1)],
            NumPoolPerAxis = topology.PoolsPerAxis,
            PoolOpKernelSizes = topology.Poolings,
            ConvKernelSizes = topology.Kernels,
            UNetMaxNumFeatures = reference.MaxFeatures,
            BatchDice = batchDice,
        };
        return (configuration, new ConfigurationTrace(name, [.. spacing], [.. initial], steps.ToImmutable(), batchFromMemory, batchCap));
    }

    /// <summary>A patch of the reference's volume and the images' aspect in mm, where that is not more than the median image.</summary>
    private static double[] InitialPatch(double[] spacing, double[] median, MemoryReference reference)
    {
        double[] patch = [.. spacing.Select(length => 1 / length)];
        double scale = Math.Pow(reference.InitialVoxels / patch.Aggregate((product, length) => product * length), 1.0 / patch.Length);
        for (int axis = 0; axis < patch.Length; axis++)
            patch[axis] = Math.Min(Math.Round(patch[axis] * scale, MidpointRounding.ToEven), median[axis]);
        return Array.TrueForAll(patch, length => length >= 1)
            ? patch
            : throw new InvalidRequestException($"The cases are less than a voxel long at the target spacing {string.Join(" x ", spacing)} mm; check the spacing in the images' headers.");
    }

    /// <summary>The axis along which the patch covers most of the median image; of equals the last.</summary>
    private static int AxisToReduce(ImmutableArray<int> patch, double[] median)
    {
        int chosen = 0;
        for (int axis = 1; axis < patch.Length; axis++)
        {
            if (patch[axis] / median[axis] >= patch[chosen] / median[chosen])
                chosen = axis;
        }

        return chosen;
    }

    private long Estimate(NetworkTopology topology, MemoryReference reference) =>
        FeatureMapEstimate.Of(topology.PatchSize, topology.Poolings, _description.Labels.Entries.Length, BaseFeatures, reference.MaxFeatures);
}
