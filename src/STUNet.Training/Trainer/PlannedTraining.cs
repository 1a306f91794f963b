using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Kernels;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The training of one configuration of a plan by a STU-Net trainer: its settings, and the model it makes.</summary>
/// <param name="Settings">What to do.</param>
/// <param name="Manifest">The model, without folds.</param>
public sealed record PlannedTraining(TrainerSettings Settings, ModelManifest Manifest)
{
    private const int MaxLabel = byte.MaxValue;

    /// <summary>Follows a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="configuration">One of its 3D configurations, without the cascade.</param>
    /// <param name="dataset">Channels and labels.</param>
    /// <param name="trainer">The trainer.</param>
    /// <param name="fold">Fold: a number, or all.</param>
    /// <param name="version">Whose rules for batches, loss, epochs and checkpoints.</param>
    /// <param name="preprocessing">By whose rules the cases were preprocessed, and images are to be when the model predicts (<see cref="ITrainingCases.Preprocessing"/>).</param>
    /// <param name="changes">What is done otherwise; null for nothing.</param>
    /// <exception cref="InvalidRequestException">STU-Net cannot be trained for it; the message says why.</exception>
    public static PlannedTraining Of(
        ExperimentPlan plan, string configuration, DatasetDescription dataset, TrainerName trainer, string fold, NnunetVersion version, NnunetVersion preprocessing,
        TrainerChanges? changes = null)
    {
        changes ??= TrainerChanges.None;
        PlanConfiguration planned = RequireTrainable(plan, configuration, dataset);
        if (dataset.Labels.HasRegions && (version, preprocessing) != (NnunetVersion.V2, NnunetVersion.V2))
            throw new InvalidRequestException($"The labels of {plan.DatasetName} are regions, which only the rules of nnU-Net v2 know; preprocess and train with --rules v2.");
        ImmutableArray<Int3> strides = [.. planned.PoolOpKernelSizes.Select(Triple)];
        DatasetLabels labels = dataset.Labels;
        StuNetConfig network = Network(trainer.Size, dataset.ChannelNames.Length, labels.Outputs, strides, changes);
        Int3 patch = Triple(planned.PatchSize);
        // v1 scales its targets by the network's own poolings, v2 by all of the plan.
        DeepSupervisionTargets targets = new(patch, version == NnunetVersion.V1 ? network.Strides : strides, version, RegionsOf(labels));
        RequireTargets(planned, version, network, targets);
        TrainerSettings settings = new()
        {
            Step = new TrainingStepSettings
            {
                Network = network,
                BatchSize = planned.BatchSize,
                Patch = patch,
                Loss = new SegmentationLoss(
                    version == NnunetVersion.V1 ? DiceForm.Version1 : DiceForm.Version2, SumsOverBatch(plan, planned, version), labels.HasRegions, labels.Ignore),
                Weights = DeepSupervision.Weights(targets.Sizes.Count),
                Version = version,
            },
            Targets = targets,
            Epochs = trainer.Epochs,
            ValidationIterations = version == NnunetVersion.V1 ? 1 : 50,
            InitialLearningRate = trainer.InitialLearningRate,
            Fold = fold,
            Trainer = trainer.Name,
            MirrorAxes = changes.MirrorAxes,
            InPlane = LoaderPatch.IsAugmentedInPlane(patch),
            MaskedChannels = planned.UseMaskForNorm,
            // The entry of all annotated voxels comes behind those of the classes.
            AnnotatedEntry = labels.Ignore is null ? null : labels.HasRegions ? labels.Regions.Length : labels.Foreground.Length,
        };
        return new PlannedTraining(settings, Describe(plan, planned, dataset, settings, preprocessing));
    }

    /// <summary>Checks what can be told before the cases are there.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="configuration">One of its configurations.</param>
    /// <param name="dataset">Channels and labels.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="InvalidRequestException">STU-Net cannot be trained for it; the message says why.</exception>
    public static PlanConfiguration RequireTrainable(ExperimentPlan plan, string configuration, DatasetDescription dataset)
    {
        PlanConfiguration planned = plan.Configuration(configuration);
        if (planned.PatchSize.Length != 3)
            throw new InvalidRequestException($"Configuration {planned.Name} is 2D, which STU-Net is not; choose a 3D one.");
        if (planned.PreviousStage is { } previous)
            throw new InvalidRequestException($"Configuration {planned.Name} takes the result of {previous}, which is not supported; choose {PlanConfiguration.FullResolution}.");
        if (dataset.ChannelNames.Length != planned.NormalizationSchemes.Length)
            throw new InvalidRequestException($"{plan.DatasetName} has {dataset.ChannelNames.Length} channels, but its plans are for {planned.NormalizationSchemes.Length}; plan it again.");
        ImmutableArray<int> values = dataset.Labels.Values;
        if (values[^1] != values.Length - 1)
            throw new InvalidRequestException($"The labels of {plan.DatasetName} are {string.Join(", ", values)}; number them from 0 without gaps.");
        if (values[^1] > MaxLabel || dataset.Labels.Ignore > MaxLabel)
            throw new InvalidRequestException($"{plan.DatasetName} has labels above {MaxLabel}, which cannot be trained.");
        return planned;
    }

    // The lowest target has the weight 0, so one alone would leave nothing to train for.
    private static void RequireTargets(PlanConfiguration planned, NnunetVersion version, StuNetConfig network, DeepSupervisionTargets targets)
    {
        if (targets.Sizes.Count >= 2)
            return;
        throw new InvalidRequestException(version == NnunetVersion.V1
            ? $"Deep supervision by v1's rules needs a network of 3 stages, and this one has {network.Dims.Length}; give more channels (--dims), or train with --rules v2."
            : $"Deep supervision by v2's rules needs plans of 3 stages, and {planned.Name} has {planned.PoolOpKernelSizes.Length}; plan with a finer --spacing, or train with --rules v1.");
    }

    private static LabelRegions? RegionsOf(DatasetLabels labels) =>
        labels.HasRegions ? new LabelRegions([.. labels.Regions.Select(region => region.Values)], labels.Ignore) : null;

    // v1: where the plan has several resolutions, except for the low one.
    internal static bool SumsOverBatch(ExperimentPlan plan, PlanConfiguration planned, NnunetVersion version) => version == NnunetVersion.V2
        ? planned.BatchDice
        : planned.Name != PlanConfiguration.LowResolution && plan.Configurations.Any(other => other.Name == PlanConfiguration.LowResolution);

    private static ModelManifest Describe(ExperimentPlan plan, PlanConfiguration planned, DatasetDescription dataset, TrainerSettings settings, NnunetVersion preprocessing) => new()
    {
        Architecture = settings.Step.Network,
        PatchSize = settings.Step.Patch,
        SpacingMm = planned.Spacing,
        TransposeForward = plan.TransposeForward,
        TransposeBackward = plan.TransposeBackward,
        Channels =
        [
            .. dataset.ChannelNames.Select((name, channel) => new ChannelNormalization(
                name,
                preprocessing == NnunetVersion.V2 ? planned.NormalizationSchemes[channel] : ChannelScheme.OfVersion1(planned.NormalizationSchemes[channel]),
                planned.UseMaskForNorm[channel],
                channel < plan.ForegroundIntensities.Length ? plan.ForegroundIntensities[channel] : null)),
        ],
        Labels = dataset.Labels.Names,
        Regions = [.. dataset.Labels.Regions.Select((region, i) => new OutputRegion(region.Name, region.Values, dataset.Labels.RegionsClassOrder[i]))],
        Trainer = settings.Trainer,
        TrainingRules = settings.Version,
        Nnunet = preprocessing,
        MirrorAxes = settings.MirrorAxes,
        ElementType = ElementType.F32,
        Folds = [],
    };

    private static StuNetConfig Network(StuNetSize size, int channels, int classes, ImmutableArray<Int3> strides, TrainerChanges changes)
    {
        StuNetConfig published = StuNetConfig.Of(size, channels, classes);
        ImmutableArray<int> dims = changes.Dims is [] ? published.Dims : changes.Dims;
        ImmutableArray<int> depth = changes.Depth is [] ? [published.Depth[0]] : changes.Depth;
        if (depth is [int all])
            depth = [.. dims.Select(_ => all)];
        return new StuNetConfig(channels, classes, dims, depth, StuNetConfig.FitStrides(strides.Skip(1), dims.Length - 1));
    }

    private static Int3 Triple(ImmutableArray<int> values) => new(values[0], values[1], values[2]);
}
