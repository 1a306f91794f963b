using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Training;

/// <summary>nnU-Net v2's <c>ExperimentPlanner</c>: plans for slices, full resolution and, where images are much larger than a patch, low resolution with a cascade.</summary>
public static class ExperimentPlanner
{
    // Of spacings, and of sizes: from here on an axis counts as coarse.
    private const double Anisotropy = 3;
    private const double CoarseAxisPercentile = 10;
    private const double LeastPatchShare = 0.25;
    private const double CoarseningFactor = 1.03;
    private const double CoarsenedTogether = 2;

    /// <summary>Makes the plans of a data set.</summary>
    /// <param name="datasetName">Folder name of the data set.</param>
    /// <param name="description">Its <c>dataset.json</c>.</param>
    /// <param name="fingerprint">Its fingerprint.</param>
    /// <param name="targetSpacing">Spacing (z, y, x) of full resolution, mm, instead of the one the data set suggests.</param>
    /// <exception cref="InvalidRequestException">The fingerprint has another number of channels, or the sizes allow no plan.</exception>
    public static PlannedExperiment Plan(string datasetName, DatasetDescription description, DatasetFingerprint fingerprint, Spacing? targetSpacing = null)
    {
        fingerprint.RequireChannelsOf(description, datasetName);
        double[] target = targetSpacing is { } chosen ? PerAxis(axis => chosen[axis]) : TargetSpacing(fingerprint);
        ImmutableArray<int> forward = Forward(target);
        double[] median = Transposed(forward, axis => fingerprint.MedianSizeAt(axis, target[axis]));
        double[] spacing = Transposed(forward, axis => target[axis]);
        (ImmutableArray<PlanConfiguration> configurations, ImmutableArray<ConfigurationTrace> trace) =
            PlanConfigurations(new ConfigurationPlanner(description, fingerprint), description.NumTraining, spacing, median);
        ExperimentPlan plan = new()
        {
            DatasetName = datasetName,
            OriginalMedianSpacing = [.. forward.Select(fingerprint.MedianSpacing)],
            OriginalMedianShape = [.. forward.Select(fingerprint.MedianShape)],
            ImageReaderWriter = description.ImageReaderWriter,
            TransposeForward = forward,
            TransposeBackward = [.. Enumerable.Range(0, forward.Length).Select(axis => forward.IndexOf(axis))],
            Configurations = configurations,
            ForegroundIntensities = fingerprint.ForegroundIntensities,
        };
        return new PlannedExperiment(plan, trace);
    }

    /// <summary>The median spacing; along an axis that is coarse and short, and finer in some cases, the 10th percentile.</summary>
    internal static double[] TargetSpacing(DatasetFingerprint fingerprint)
    {
        double[] target = PerAxis(axis => OrderStatistics.Percentile(fingerprint.Spacings.Select(spacing => spacing[axis]), 50));
        double[] size = PerAxis(axis => OrderStatistics.Percentile(fingerprint.ShapesAfterCrop.Select(shape => (double)shape[axis]), 50));
        int worst = Array.IndexOf(target, target.Max());
        int[] others = [.. Enumerable.Range(0, target.Length).Where(axis => axis != worst)];
        double coarsestOther = others.Max(axis => target[axis]);
        if (target[worst] > Anisotropy * coarsestOther && size[worst] * Anisotropy < others.Min(axis => size[axis]))
        {
            double fine = OrderStatistics.Percentile(fingerprint.Spacings.Select(spacing => spacing[worst]), CoarseAxisPercentile);
            // The axis stays the coarsest, so that it stays the first of the network.
            target[worst] = fine < coarsestOther ? Math.Max(coarsestOther, fine) + 1e-5 : fine;
        }

        return target;
    }

    private static ImmutableArray<int> Forward(double[] target)
    {
        int coarsest = Array.IndexOf(target, target.Max());
        return [coarsest, .. Enumerable.Range(0, target.Length).Where(axis => axis != coarsest)];
    }

    private static (ImmutableArray<PlanConfiguration> Configurations, ImmutableArray<ConfigurationTrace> Trace) PlanConfigurations(
        ConfigurationPlanner planner, int cases, double[] spacing, double[] median)
    {
        double datasetVoxels = Product(median) * cases;
        (PlanConfiguration slices, ConfigurationTrace slicesTrace) = planner.Plan(PlanConfiguration.Slices, spacing[1..], median[1..], datasetVoxels, batchDice: true);
        // One slice per image leaves nothing to plan in three dimensions.
        if (median[0] == 1)
            return ([slices], [slicesTrace]);
        (PlanConfiguration full, ConfigurationTrace fullTrace) = planner.Plan(PlanConfiguration.FullResolution, spacing, median, datasetVoxels, batchDice: false);
        if (PlanLowResolution(planner, cases, spacing, median, full) is not { } low)
            return ([slices, full], [fullTrace, slicesTrace]);
        full = full with { BatchDice = true };
        PlanConfiguration cascade = full with
        {
            Name = PlanConfiguration.Cascade,
            InheritsFrom = PlanConfiguration.FullResolution,
            PreviousStage = PlanConfiguration.LowResolution,
        };
        return ([slices, low.Configuration, full, cascade], [fullTrace, low.Trace, slicesTrace]);
    }

    /// <summary>Coarsens the spacing until a patch covers a quarter of the median image; null where full resolution does so already.</summary>
    private static (PlanConfiguration Configuration, ConfigurationTrace Trace)? PlanLowResolution(
        ConfigurationPlanner planner, int cases, double[] spacing, double[] median, PlanConfiguration full)
    {
        (PlanConfiguration Configuration, ConfigurationTrace Trace)? planned = null;
        double[] coarse = [.. spacing];
        double patchVoxels = Product(full.PatchSize.Select(length => (double)length));
        double medianVoxels = Product(median);
        for (int rounds = 1; patchVoxels / medianVoxels < LeastPatchShare; rounds++)
        {
            // Fine axes first, until all are within a factor of two.
            double coarsest = coarse.Max();
            bool[] fine = [.. coarse.Select(length => coarsest / length > CoarsenedTogether)];
            bool any = fine.Contains(true);
            for (int axis = 0; axis < coarse.Length; axis++)
            {
                if (fine[axis] || !any)
                    coarse[axis] *= CoarseningFactor;
            }

            double[] size = [.. median.Select((length, axis) => spacing[axis] / coarse[axis] * length)];
            medianVoxels = Product(size);
            double[] rounded = [.. size.Select(length => Math.Round(length, MidpointRounding.ToEven))];
            (PlanConfiguration configuration, ConfigurationTrace trace) = planner.Plan(PlanConfiguration.LowResolution, [.. coarse], rounded, medianVoxels * cases, batchDice: false);
            planned = (configuration with { NextStages = [PlanConfiguration.Cascade] }, trace with { Rounds = rounds });
            patchVoxels = Product(configuration.PatchSize.Select(length => (double)length));
        }

        return planned;
    }

    private static double[] PerAxis(Func<int, double> value) => [value(0), value(1), value(2)];

    private static double[] Transposed(ImmutableArray<int> forward, Func<int, double> value) => [.. forward.Select(value)];

    private static double Product(IEnumerable<double> values) => values.Aggregate(1.0, (product, value) => product * value);
}
