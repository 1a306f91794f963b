using System.Collections.Immutable;
using System.Globalization;
using STUNet.Core;
using STUNet.Model;
using STUNet.WeightsConverter;

namespace STUNet.Training;

/// <summary>
/// The checkpoints of a model folder's trainings, finished or not, as <see cref="PyTorchExporter"/> takes them: weights, momentum buffers and epochs. Folds that have weights but
/// no checkpoint any more are among them with their weights.
/// </summary>
public sealed class TrainingExport : IDisposable
{
    private const string FoldPrefix = "fold_";

    private static readonly (string File, CheckpointName Name)[] Files =
        [(TrainingFolder.FinalFile, CheckpointName.Final), (TrainingFolder.BestFile, CheckpointName.Best), (TrainingFolder.LatestFile, CheckpointName.Latest)];

    private readonly List<IDisposable> _open = [];
    private readonly List<ExportedCheckpoint> _checkpoints = [];
    private readonly List<string> _warnings = [];
    private TrainingCheckpoint? _first;

    private TrainingExport(ModelManifest manifest) => Manifest = manifest;

    /// <summary>The model.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The checkpoints, fold by fold.</summary>
    public IReadOnlyList<ExportedCheckpoint> Checkpoints => _checkpoints;

    /// <summary>The plans and the data set they were trained with; null where the folder does not have them any more.</summary>
    public ExportedPlans? Plans { get; private set; }

    /// <summary>What the user should know, one sentence each.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Opens and verifies the checkpoints of a model folder; null where there are none.</summary>
    /// <param name="folder">The model folder, with <c>fold_0</c> and so on.</param>
    /// <exception cref="InvalidFileException">A file is damaged, or of another model than the others.</exception>
    public static TrainingExport? Find(string folder)
    {
        string[] folds = Directory.Exists(folder)
            ? [.. Directory.GetDirectories(folder, FoldPrefix + "*").Where(fold => Files.Any(entry => File.Exists(Path.Combine(fold, entry.File)))).Order(StringComparer.Ordinal)]
            : [];
        if (folds.Length == 0)
            return null;
        string model = Path.Combine(folder, ModelManifest.FileName);
        TrainingExport export = new(ModelManifest.Read(File.Exists(model) ? model : Path.Combine(folds[0], TrainingFolder.PlannedFile)));
        try
        {
            foreach (string fold in folds)
                export.AddFold(fold);
            if (File.Exists(model))
                export.AddWeights(folder);
            export.AddPlans(folder);
            return export;
        }
        catch
        {
            export.Dispose();
            throw;
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _open.ForEach(file => file.Dispose());

    private void AddFold(string folder)
    {
        ImmutableArray<EpochRecord> log = EpochLog.Read(Path.Combine(folder, EpochLog.FileName));
        foreach ((string file, CheckpointName name) in Files.Where(entry => File.Exists(Path.Combine(folder, entry.File))))
        {
            TrainingCheckpoint checkpoint = TrainingCheckpoint.Open(Path.Combine(folder, file));
            _open.Add(checkpoint);
            _first ??= checkpoint;
            checkpoint.RequireTensorsOf(Manifest.Architecture);
            if (log.Length < checkpoint.Epoch)
                _warnings.Add($"{checkpoint.Path}: {EpochLog.FileName} has {log.Length} of its {checkpoint.Epoch} epochs; nnU-Net v1 would go on after those.");
            if (checkpoint.Iteration > 0)
                _warnings.Add($"{checkpoint.Path}: {checkpoint.Iteration} batches of epoch {checkpoint.Epoch} are done; nnU-Net begins that epoch again, with these weights.");
            bool hasState = checkpoint.Settings.GetValueOrDefault("optimiser") == new Sgd().Name;
            if (!hasState)
                _warnings.Add($"{checkpoint.Path}: trained by another optimiser than nnU-Net's SGD, so its weights are written alone.");
            _checkpoints.Add(new ExportedCheckpoint(Path.GetFileName(folder)[FoldPrefix.Length..], checkpoint.Tensors)
            {
                Name = name,
                Training = hasState ? TrainingOf(checkpoint, log) : null,
            });
        }
    }

    private void AddWeights(string folder)
    {
        ModelFiles files = ModelFiles.Open(folder);
        _open.Add(files);
        foreach ((FoldFile fold, ITensorSource weights) in files.Manifest.Folds.Zip(files.Folds))
        {
            if (_checkpoints.All(checkpoint => checkpoint.Fold != fold.Name))
                _checkpoints.Add(new ExportedCheckpoint(fold.Name, weights));
        }
    }

    private void AddPlans(string folder)
    {
        Plans = TrainedPlans.Find(folder, Manifest, RulesOf(_first!), Whole(_first!, "batch_size", least: 1));
        if (Plans is null)
        {
            _warnings.Add(
                $"{folder}: {TrainedPlans.PlansFile} and {DatasetDescription.FileName} of the training are not there, so plans and data set are written as far as {ModelManifest.FileName} tells of them; "
                + "copy them there from the preprocessed data set to have them exported.");
        }
    }

    private static NnunetVersion RulesOf(TrainingCheckpoint checkpoint) =>
        Enum.TryParse(checkpoint.Settings.GetValueOrDefault("version"), out NnunetVersion version) && Enum.IsDefined(version) ? version : throw Unusable(checkpoint, "version", "missing or no version");

    private static ExportedTraining TrainingOf(TrainingCheckpoint checkpoint, ImmutableArray<EpochRecord> log)
    {
        HashSet<string> tensors = [.. checkpoint.Tensors.Tensors.Select(tensor => tensor.Name)];
        int epochs = Whole(checkpoint, "epochs", least: Math.Max(1, checkpoint.Epoch));
        MovingAverage averageLoss = MovingAverage.OfTrainingLossV1();
        return new ExportedTraining
        {
            Rules = RulesOf(checkpoint),
            Epoch = checkpoint.Epoch,
            LearningRateOf = new PolyLearningRate(Setting(checkpoint, "initial_learning_rate"), epochs).At,
            // The decimal number that was meant, which the float is nearest to.
            Momentum = double.Parse(checkpoint.State.Momentum.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            WeightDecay = Setting(checkpoint, "weight_decay"),
            BufferOf = parameter => tensors.Contains(OptimiserBuffer.Momentum(parameter)) ? OptimiserBuffer.Momentum(parameter) : null,
            LossScale = checkpoint.State.LossScale is { } scale
                ? new ExportedLossScale(scale.Factor, LossScale.Growth, LossScale.Backoff, LossScale.GrowthInterval, scale.GoodSteps)
                : null,
            Epochs =
            [
                .. log.Take(checkpoint.Epoch).Select(epoch => new ExportedEpoch(
                    epoch.LearningRate, epoch.TrainingLoss, epoch.ValidationLoss, epoch.Dice, epoch.MeanDice, epoch.AverageDice, averageLoss.Add(epoch.TrainingLoss), epoch.Times.Total)),
            ],
        };
    }

    private static int Whole(TrainingCheckpoint checkpoint, string name, int least) =>
        Setting(checkpoint, name) is var number && number >= least && number <= int.MaxValue && number == Math.Floor(number)
            ? (int)number
            : throw Unusable(checkpoint, name, $"{checkpoint.Settings[name]} is no whole number from {least}");

    private static InvalidFileException Unusable(TrainingCheckpoint checkpoint, string setting, string problem) =>
        new(checkpoint.Path, $"settings.{setting}", problem, "give a checkpoint that stunet train wrote");

    private static double Setting(TrainingCheckpoint checkpoint, string name) =>
        checkpoint.Settings.TryGetValue(name, out string? text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw Unusable(checkpoint, name, "missing or no number");
}
