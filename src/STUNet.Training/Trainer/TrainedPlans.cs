using STUNet.Core;
using STUNet.Model;
using STUNet.WeightsConverter;

namespace STUNet.Training;

/// <summary>The plans, the data set and the fingerprint that a training keeps with its model, as nnU-Net does.</summary>
public static class TrainedPlans
{
    /// <summary>Name of the plans in a model folder, which is not that in a preprocessed data set.</summary>
    public const string PlansFile = "plans.json";

    private static readonly (string From, string To)[] Files =
        [(ExperimentPlan.FileName, PlansFile), (DatasetDescription.FileName, DatasetDescription.FileName), (DatasetFingerprint.FileName, DatasetFingerprint.FileName)];

    /// <summary>Copies them into a model folder, as far as they are there; on a failure those that were not there before are removed.</summary>
    /// <param name="data">The preprocessed data set.</param>
    /// <param name="model">The model folder.</param>
    public static void Copy(string data, string model)
    {
        string[] fresh = [.. Files.Select(file => Path.Combine(model, file.To)).Where(path => !Path.Exists(path))];
        try
        {
            foreach ((string from, string to) in Files.Where(file => File.Exists(Path.Combine(data, file.From))))
                AtomicFile.WriteText(Path.Combine(model, to), File.ReadAllText(Path.Combine(data, from)));
        }
        catch
        {
            foreach (string path in fresh)
                File.Delete(path);
            throw;
        }
    }

    /// <summary>Reads those of a model folder for an export; null where plans or data set are missing.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="manifest">The model, which tells the configuration that was trained.</param>
    /// <param name="rules">By whose rules it was trained; null for those of its preprocessing.</param>
    /// <param name="batchSize">The batch it was trained with, which tells configurations apart that differ in nothing else; null where it is not known.</param>
    /// <exception cref="InvalidFileException">A file is unusable or of another model.</exception>
    public static ExportedPlans? Find(string folder, ModelManifest manifest, NnunetVersion? rules = null, int? batchSize = null)
    {
        (string plansPath, string datasetPath, string fingerprint) =
            (Path.Combine(folder, PlansFile), Path.Combine(folder, DatasetDescription.FileName), Path.Combine(folder, DatasetFingerprint.FileName));
        if (!File.Exists(plansPath) || !File.Exists(datasetPath))
            return null;
        ExperimentPlan plan = ExperimentPlan.Read(plansPath);
        DatasetDescription dataset = DatasetDescription.Read(datasetPath);
        if (dataset.ChannelNames.Length != manifest.Channels.Length || dataset.Labels.Outputs != manifest.Architecture.Classes)
        {
            throw OfAnotherModel(
                datasetPath, "", $"{dataset.ChannelNames.Length} channels and {dataset.Labels.Outputs} outputs, but the model has {manifest.Channels.Length} and {manifest.Architecture.Classes}");
        }

        PlanConfiguration trained = ConfigurationOf(plan, plansPath, manifest, batchSize);
        return new ExportedPlans
        {
            Configuration = trained.Name,
            Plans = File.ReadAllText(plansPath),
            Dataset = File.ReadAllText(datasetPath),
            Fingerprint = File.Exists(fingerprint) ? File.ReadAllText(fingerprint) : null,
            BatchSize = trained.BatchSize,
            BatchDice = PlannedTraining.SumsOverBatch(plan, trained, rules ?? manifest.Nnunet),
            InPlane = LoaderPatch.IsAugmentedInPlane(manifest.PatchSize),
            OriginalSpacing = plan.OriginalMedianSpacing,
            MedianShape = trained.MedianImageSizeInVoxels,
        };
    }

    /// <summary>The configuration that a model was trained by.</summary>
    /// <param name="plan">The plans in the model's folder.</param>
    /// <param name="path">Their file.</param>
    /// <param name="manifest">The model.</param>
    /// <param name="batchSize">The batch it was trained with, which tells configurations apart that differ in nothing else; null where it is not known.</param>
    /// <exception cref="InvalidFileException">None fits: the plans are of another model.</exception>
    public static PlanConfiguration ConfigurationOf(ExperimentPlan plan, string path, ModelManifest manifest, int? batchSize = null) =>
        plan.Configurations.FirstOrDefault(configuration => IsOf(configuration, manifest) && configuration.BatchSize == (batchSize ?? configuration.BatchSize))
        ?? throw OfAnotherModel(path, "configurations", $"none has the model's patch {manifest.PatchSize}, spacing, poolings and normalisation{(batchSize is { } size ? $", and batch {size}" : "")}");

    private static bool IsOf(PlanConfiguration configuration, ModelManifest manifest)
    {
        StuNetConfig network = manifest.Architecture;
        return configuration.PreviousStage is null
            && configuration.PatchSize.SequenceEqual([manifest.PatchSize.D, manifest.PatchSize.H, manifest.PatchSize.W])
            && configuration.Spacing.SequenceEqual(manifest.SpacingMm)
            && StuNetConfig.FitStrides(configuration.PoolOpKernelSizes.Skip(1).Select(size => new Int3(size[0], size[1], size[2])), network.Strides.Length).SequenceEqual(network.Strides)
            && configuration.NormalizationSchemes.Select(scheme => NormalizationName.Of(scheme, manifest.Nnunet)).SequenceEqual(manifest.Channels.Select(channel => channel.Scheme));
    }

    private static InvalidFileException OfAnotherModel(string path, string field, string problem) =>
        new(path, field, problem, $"restore the file the training put there, or remove it: what {ModelManifest.FileName} tells is taken then");
}
