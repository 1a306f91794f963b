using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// What nnU-Net does when a fold is trained: its validation cases are predicted as whole images and compared with their label maps. v2 leaves label maps and
/// <c>summary.json</c> in <c>validation</c>; v1 in <c>validation_raw</c>, and decides on a postprocessing, whose results go to <c>validation_raw_postprocessed</c>.
/// </summary>
public sealed class FinalValidation
{
    private const string PostprocessedFolder = "validation_raw_postprocessed";

    // Of the settings these say which model it is; the others only how long and how it was trained.
    private static readonly string[] Essentials = ["version", "trainer", "fold", "network", "patch"];
    private readonly ImmutableArray<TrainingCase> _cases;
    private readonly DataSplit _split;
    private readonly TrainerSettings _settings;
    private readonly string _fold;
    private readonly string _task;
    private readonly EvaluationOptions _options;
    private readonly ImmutableArray<uint> _foreground;

    private FinalValidation(ImmutableArray<TrainingCase> cases, DataSplit split, TrainerSettings settings, DatasetLabels labels, string fold, string task)
    {
        (_cases, _split, _settings, _fold, _task) = (cases, split, settings, fold, task);
        _foreground = [.. labels.Foreground.Select(label => (uint)label)];
        ImmutableArray<LabelOrRegion> evaluated = labels.HasRegions
            ? [.. labels.Regions.Select(entry => entry.IsRegion ? LabelOrRegion.Region(entry.Values.Select(label => (uint)label)) : LabelOrRegion.Label((uint)entry.Values[0]))]
            : [.. _foreground.Select(LabelOrRegion.Label)];
        _options = new EvaluationOptions(settings.Version, settings.Version == NnunetVersion.V1 ? [LabelOrRegion.Label(0), .. evaluated] : evaluated) { Ignore = (uint?)labels.Ignore };
    }

    /// <summary>The folder of the predictions.</summary>
    public string Folder => Path.Combine(_fold, _settings.Version == NnunetVersion.V1 ? "validation_raw" : "validation");

    /// <summary>The cases.</summary>
    public IReadOnlyList<TrainingCase> Cases => _cases;

    /// <summary>Finds the files of the cases; reads none of them.</summary>
    /// <param name="raw">The raw data set.</param>
    /// <param name="split">The fold's cases.</param>
    /// <param name="settings">What was trained.</param>
    /// <param name="labels">The labels that were trained.</param>
    /// <param name="fold">The fold's folder, which results go to.</param>
    /// <exception cref="InvalidFileException">A case is not in the data set, or its files are missing.</exception>
    public static FinalValidation Of(RawDataset raw, DataSplit split, TrainerSettings settings, DatasetLabels labels, string fold)
    {
        Dictionary<string, TrainingCase> known = raw.Cases.ToDictionary(entry => entry.Identifier);
        List<TrainingCase> cases = [];
        foreach (string identifier in split.Validation.Order(CodePointOrder.Instance))
        {
            if (!known.TryGetValue(identifier, out TrainingCase? found))
                throw new InvalidFileException(raw.Folder, "", $"the validation case {identifier} is not in this data set", "name its raw data set by --raw");
            if (found.Images.Add(found.Label).FirstOrDefault(file => !File.Exists(file)) is { } missing)
                throw new InvalidFileException(missing, "", $"the file of the validation case {identifier} does not exist", "restore it, or name its raw data set by --raw");
            cases.Add(found);
        }

        return new FinalValidation([.. cases], split, settings, labels, fold, raw.Name);
    }

    /// <summary>The model to predict with: one fold, with the weights of one of its checkpoints.</summary>
    /// <param name="manifest">The model.</param>
    /// <param name="checkpoint">The last or the best of the fold's training; must stay open as long as the model is used.</param>
    /// <exception cref="InvalidFileException">The checkpoint is of another training, or of one on other cases.</exception>
    public SegmentationModel ModelOf(ModelManifest manifest, TrainingCheckpoint checkpoint)
    {
        checkpoint.RequireSame(_settings.Describe(), _split.HashFor(manifest.Nnunet), Essentials);
        checkpoint.RequireTensorsOf(_settings.Step.Network);
        return new SegmentationModel(manifest with { Folds = [new FoldFile(_settings.Fold, checkpoint.Path)] }, [checkpoint]);
    }

    /// <summary>Predicts the cases that are not there yet, and evaluates all.</summary>
    /// <param name="segmenter">Predicts with <see cref="ModelOf"/>; where its options have <see cref="SegmenterOptions.Probabilities"/>, they are written beside the label maps.</param>
    /// <param name="checkpoint">The checkpoint it has its weights from.</param>
    /// <param name="workers">Threads for the evaluation; never change a result.</param>
    /// <param name="progress">Told the cases done; may be null.</param>
    /// <param name="cancellation">Stops soon; finished label maps stay and are not made again.</param>
    /// <returns>The scores, as written to <c>summary.json</c>.</returns>
    /// <exception cref="StuNetException">A case failed; the others are done before it is thrown.</exception>
    public EvaluationSummary Run(
        Segmenter segmenter, TrainingCheckpoint checkpoint, WorkerPool workers, IProgress<ValidationProgress>? progress = null, CancellationToken cancellation = default)
    {
        PredictedFrom.Begin(Folder, checkpoint, _cases.Select(PredictionOf).SelectMany(labels => (string[])[labels, .. ProbabilityFiles.OfLabels(labels)]));
        Predict(segmenter, progress, cancellation);
        IProgress<EvaluationProgress>? evaluated = progress is null ? null : new Relay(progress);
        EvaluationCase[] cases = [.. _cases.Select(entry => EvaluationCase.OfFiles(entry.Identifier, PredictionOf(entry), entry.Label))];
        EvaluationSummary summary = EvaluationSummary.Of(cases, _options, workers, evaluated, cancellation);
        SummaryFile.Write(Path.Combine(Folder, SummaryFile.FileName), summary, _task, DateTime.Now);
        if (_settings.Version == NnunetVersion.V1)
            Postprocess(cases, workers, evaluated, cancellation);
        return summary;
    }

    private string PredictionOf(TrainingCase one) => Path.Combine(Folder, FileOf(one.Identifier));

    private static string FileOf(string identifier) => $"{identifier}.nii.gz";

    private void Predict(Segmenter segmenter, IProgress<ValidationProgress>? progress, CancellationToken cancellation)
    {
        TrainingCase[] open = [.. _cases.Where(entry => !ProbabilityFiles.AreThere(PredictionOf(entry), segmenter.Options.Probabilities))];
        IEnumerable<SegmentationCase> work = open.Select(entry =>
            new SegmentationCase(entry.Identifier, () => entry.ReadImages(), result => VolumeFile.Write(PredictionOf(entry), result.Labels))
            {
                Probabilities = segmenter.Options.Probabilities ? ProbabilityFiles.Beside(PredictionOf(entry)) : null,
            });
        CaseResult? failed = null;
        foreach (CaseResult result in segmenter.SegmentAsync(work, new NetworkShare(progress, _cases.Length - open.Length, _cases.Length), cancellation).ToBlockingEnumerable(cancellation))
            failed ??= result.Error is null ? null : result;
        // A file's message names it; a request's would not say whose.
        if (failed?.Error is InvalidRequestException and not InsufficientResourcesException)
            throw new InvalidRequestException($"Validation case {failed.Case.Name}: {failed.Error.Message}", failed.Error);
        if (failed?.Error is { } error)
            ExceptionDispatchInfo.Throw(error);
    }

    private void Postprocess(EvaluationCase[] cases, WorkerPool workers, IProgress<EvaluationProgress>? progress, CancellationToken cancellation)
    {
        PostprocessingChoiceV1 choice = PostprocessingChoiceV1.Decide(cases, _foreground, workers, progress, cancellation);
        string folder = Path.Combine(_fold, PostprocessedFolder);
        Directory.CreateDirectory(folder);
        EvaluationCase[] final = [.. cases.Select(one => EvaluationCase.OfFiles(one.Name, Path.Combine(folder, FileOf(one.Name)), one.ReferenceFile))];
        PostprocessedFiles.Write(choice.Postprocessing, [.. cases.Zip(final, (raw, cleaned) => (raw.PredictionFile, cleaned.PredictionFile))], workers, progress, cancellation);
        SummaryFile.Write(Path.Combine(folder, SummaryFile.FileName), EvaluationSummary.Of(final, _options, workers, progress, cancellation), _task, DateTime.Now);
        // Last, so that it is there only with what it says.
        choice.Write(Path.Combine(_fold, PostprocessingFile.FileName));
    }

    private sealed class Relay(IProgress<ValidationProgress> progress) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => progress.Report(new ValidationProgress($"final validation: {value.Step}", value.Done, value.Total));
    }
}
