using STUNet.Core;
using STUNet.Model;
using STUNet.Training;
using STUNet.WeightsConverter;

namespace STUNet.Cli;

/// <summary>
/// The plan of a pretrained model, wherever it stands: <c>plans.json</c> with all its configurations where there is one, v1's plans with one, or else what the
/// model itself tells.
/// </summary>
internal static class PretrainedPlan
{
    private const string NoteOnUnknownBatch = ", as the published models had: the model does not tell its own";

    /// <summary>Reads the plan, so that a wrong one is told before hours of reading a data set, and says on the console where it comes from.</summary>
    /// <param name="path">Plans of v2 (.json) or v1 (.pkl), a model or trainer folder, or a checkpoint.</param>
    /// <param name="dataset">The new data set.</param>
    /// <param name="console">Told what is kept.</param>
    /// <returns>Moves the plan to the new data set.</returns>
    /// <exception cref="InvalidFileException">There is no model, or its files are unusable; the message names the file.</exception>
    public static Func<DatasetFingerprint, ExperimentPlan> Open(string path, RawDataset dataset, CommandConsole console)
    {
        (string name, DatasetDescription description) = (dataset.Name, dataset.Description);
        if (Find(path) is { } plansPath)
        {
            ExperimentPlan plan = Read(plansPath);
            console.WriteLine($"{plansPath}: keeps {string.Join(", ", plan.Configurations.Select(configuration => $"{configuration.Name} (batch {configuration.BatchSize})"))}");
            return fingerprint => PlanTransfer.From(plan, name, description, fingerprint);
        }

        if (path.EndsWith(".pkl", StringComparison.OrdinalIgnoreCase))
        {
            NnunetV1PlansFile plans = NnunetV1PlansFile.Read(path);
            Announce(console, path, plans.Stage.BatchSize);
            return fingerprint => PlanTransfer.From(plans, name, description, fingerprint);
        }

        using NetworkSource source = NetworkSource.Open(path, console);
        (ModelManifest manifest, int? batchSize) = (source.Files!.Manifest, source.Files.BatchSize);
        Announce(console, path, batchSize);
        return fingerprint => PlanTransfer.From(manifest, name, description, fingerprint, batchSize);
    }

    private static void Announce(CommandConsole console, string path, int? batchSize) => console.WriteLine(
        $"{path}: keeps {PlanConfiguration.FullResolution} (batch {batchSize ?? PlanTransfer.PublishedBatch}{(batchSize is null ? NoteOnUnknownBatch : "")})");

    private static string? Find(string path)
    {
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return path;
        return CheckpointLocator.ModelFolderOf(path) is { } folder && Path.Combine(folder, TrainedPlans.PlansFile) is var plans && File.Exists(plans) ? plans : null;
    }

    // A model folder tells beside its plans what it was trained by.
    private static ExperimentPlan Read(string path)
    {
        ExperimentPlan plan = ExperimentPlan.Read(path);
        string model = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, ModelManifest.FileName);
        if (Path.GetFileName(path) == TrainedPlans.PlansFile && File.Exists(model))
            TrainedPlans.ConfigurationOf(plan, path, ModelManifest.Read(model));
        return plan;
    }
}
