using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Inference;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary><c>stunet train</c> and <c>stunet finetune</c>: one fold of a planned and preprocessed data set.</summary>
internal sealed class TrainCommand : StuNetCommand
{
    private const string TrainText = """
        Trains one fold of a planned and preprocessed data set, by nnU-Net's rules.

        The model folder gets fold_F with checkpoints, training_log.jsonl, progress.png and report.html, and at the end model.json and the fold's weights, so
        that `stunet predict --model` reads it; further folds are added to the same folder. Then the fold's validation cases are predicted as whole images
        and evaluated: fold_F/validation, or validation_raw by v1's rules, gets label maps and summary.json; --no-validation leaves that out, and --val does
        it for a training that is finished. The raw images are found where stunet plan or preprocess read them, or by --raw. Ctrl+C keeps the state of the moment. A training that goes on
        (--c) from there, or from the last checkpoint after a crash, gives the same bits as one that was never interrupted.

        Trainers: STUNetTrainer_small, _base, _large, _huge; behind it _ep2k or _ep4k for 2000 or 4000 epochs instead of 1000, or _ft for fine-tuning.

        Examples:
          stunet train preprocessed/Dataset101_Organs 3d_fullres 0 -tr STUNetTrainer_base -o models/organs
          stunet train preprocessed/Dataset101_Organs 3d_fullres 0 -tr STUNetTrainer_base -o models/organs --c
          stunet train preprocessed/Dataset101_Organs 3d_fullres 0 -tr STUNetTrainer_base -o models/organs --val
        """;

    private const string FinetuneText = """
        Trains one fold from pretrained weights: everything but the segmentation heads is taken over.

        The weights are a model folder, or a checkpoint of nnU-Net (v1 .model, v2 .pth) or its trainer folder. With several input channels the first
        convolution's weights are repeated for each. Everything else is as in `stunet train`; plan with --pretrained to keep the model's spacing and patch.

        Examples:
          stunet finetune preprocessed/Dataset101_Organs 3d_fullres 0 -tr STUNetTrainer_base_ft -pretrained_weights models/base -o models/organs
        """;

    private const int MostWorkers = 8;
    private const double AdamWRate = 1e-3;

    private readonly OpenTrainingCases _open;
    private readonly Argument<string> _data = ParsedOption.Path("preprocessed", "Folder of the preprocessed data set.", ArgumentArity.ExactlyOne);
    private readonly Argument<string> _configuration = new("configuration") { Description = "Configuration of the plans, such as 3d_fullres." };
    private readonly Argument<string> _fold = new("fold") { Description = "A number from 0, or all." };
    private readonly Option<string> _trainer = new("-tr", "--trainer") { Required = true, HelpName = "NAME", Description = "The trainer, such as STUNetTrainer_base." };
    private readonly Option<string> _output = new("--output", "-o") { Required = true, HelpName = "DIR", Description = "Model folder to write." };
    private readonly Option<bool> _continue = new("--c", "-c", "--continue") { Description = "Go on with the training in the folder; begin where there is none." };
    private readonly Option<bool> _onlyValidation = new("--val", "-val") { Description = "Only the final validation of a training that is finished." };
    private readonly Option<bool> _noValidation = new("--no-validation") { Description = "Leave out the final validation." };
    private readonly Option<string?> _raw = new("--raw") { HelpName = "DIR", Description = "The raw data set for the final validation; by default where it was preprocessed from." };
    private readonly Option<string?> _pretrained = new("-pretrained_weights", "--pretrained") { HelpName = "MODEL", Description = "Pretrained weights to begin with." };
    private readonly Option<bool> _divide = new("--divide-repeated")
    {
        Description = "With several input channels, divide the pretrained weights of the first convolutions by their number; the reference repeats them undivided.",
    };

    private readonly Option<string> _rules = ParsedOption.OneOf("--rules", "Which nnU-Net's rules for loss, epochs and checkpoints.", "v2", "v1", "v2");
    private readonly Option<int?> _epochs = Count("--epochs", "Epochs, instead of the trainer's; the learning rate falls over them.");
    private readonly Option<int?> _iterations = Count("--iterations", "Training batches of an epoch; 250 by default.");
    private readonly Option<int?> _validationIterations = Count("--validation-iterations", "Validation batches of an epoch; 50 by default, 1 by v1's rules.");
    private readonly Option<int?> _saveInterval = Count("--save-interval", "Epochs between two latest checkpoints; 50 by default.");
    private readonly Option<string> _optimiser = ParsedOption.OneOf(
        "--optimizer", "sgd: nnU-Net's. adamw: for short trainings, learning rate 0.001 where none is given.", "sgd", "sgd", "adamw");

    private readonly Option<double?> _learningRate = ParsedOption.Of<double>(
        "--learning-rate", "RATE", "Learning rate of the first epoch, instead of the trainer's.",
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate is > 0 and <= 1 ? rate : null, "a number above 0, up to 1");

    private readonly Option<ImmutableArray<int>?> _mirror = ParsedOption.Of<ImmutableArray<int>>(
        "--mirror", "AXES", "Axes of the patch that augmentation and prediction mirror, such as zy where left and right must be told apart, or none; zyx by default.", MirrorAxes,
        "some of z, y and x, each once, or none");

    private readonly Option<ImmutableArray<int>?> _dims = ParsedOption.Of<ImmutableArray<int>>(
        "--dims", "N,N,...", "Channels per stage, instead of the trainer's: a smaller network.", Triples.TryParseNumbers, "numbers such as 8,16,32");

    private readonly Option<ImmutableArray<int>?> _depth = ParsedOption.Of<ImmutableArray<int>>(
        "--depth", "N,N,...", "Residual blocks per stage, or one number for all, instead of the trainer's.", Triples.TryParseNumbers, "numbers such as 1 or 1,2,2");

    private readonly Option<ulong> _seed = new("--seed") { HelpName = "N", Description = "Selects the random numbers.", DefaultValueFactory = _ => 0 };
    private readonly Option<int> _workers = ParsedOption.Number("--workers", "Threads that prepare samples. Never changes a result.", Math.Min(MostWorkers, Environment.ProcessorCount), least: 1);
    private readonly DeviceOptions _device = new();

    public TrainCommand(CommandConsole console, OpenTrainingCases open, bool isFinetuning)
        : base(console, isFinetuning ? "finetune" : "train", isFinetuning ? FinetuneText : TrainText)
    {
        _open = open;
        _pretrained.Required = isFinetuning;
        foreach (Argument argument in new Argument[] { _data, _configuration, _fold })
            Arguments.Add(argument);
        foreach (Option option in new Option[]
        {
            _trainer, _output, _continue, _onlyValidation, _noValidation, _raw, _pretrained, _divide, _rules, _epochs, _iterations, _validationIterations, _saveInterval, _optimiser, _learningRate, _mirror,
            _dims, _depth, _seed, _workers,
        })
        {
            Options.Add(option);
        }

        _device.AddTo(this);
    }

    protected override int Execute(ParseResult arguments)
    {
        RequireOneWay(arguments);
        string data = arguments.GetRequiredValue(_data);
        string model = arguments.GetRequiredValue(_output);
        string fold = arguments.GetRequiredValue(_fold);
        bool onlyValidation = arguments.GetValue(_onlyValidation);
        ExperimentPlan plan = ExperimentPlan.Read(Path.Combine(data, ExperimentPlan.FileName));
        DatasetDescription dataset = DatasetDescription.Read(Path.Combine(data, DatasetDescription.FileName));
        string configuration = arguments.GetRequiredValue(_configuration);
        TrainerName trainerName = TrainerName.Parse(arguments.GetRequiredValue(_trainer));
        NnunetVersion rules = Enum.Parse<NnunetVersion>(arguments.GetRequiredValue(_rules), ignoreCase: true);
        using ITrainingCases cases = _open(data, plan.Configuration(configuration));
        PlannedTraining planned = PlannedTraining.Of(plan, configuration, dataset, trainerName, fold, rules, cases.Preprocessing, Changes(arguments));
        planned = planned with { Settings = Chosen(arguments, planned.Settings) };
        TrainedModel.RequireRoom(model, planned.Manifest);
        DataSplit split = PlannedTraining.SplitOf(fold, data, cases.Identifiers);
        if (arguments.GetValue(_divide) && arguments.GetValue(_pretrained) is null)
            throw new InvalidRequestException("--divide-repeated is about pretrained weights; give -pretrained_weights, or leave it out.");
        string foldFolder = Path.Combine(model, $"fold_{fold}");
        if (onlyValidation && !File.Exists(Path.Combine(foldFolder, TrainingFolder.FinalFile)))
            throw new InvalidFileException(Path.Combine(foldFolder, TrainingFolder.FinalFile), "", "the training of this fold is not finished", "go on with it by --c");
        TrainingValidation validation = new(Terminal, planned, onlyValidation);
        if (!arguments.GetValue(_noValidation))
            validation.Find(() => FinalValidation.Of(arguments.GetValue(_raw) is { } raw ? RawDataset.Open(raw) : RawDatasetLocation.Open(data), split, planned.Settings, dataset.Labels, foldFolder));
        using NetworkSource? pretrained = arguments.GetValue(_pretrained) is { } path && !onlyValidation ? NetworkSource.Open(path) : null;
        IParameterSource? initial = onlyValidation ? null : Initial(planned.Settings, pretrained, arguments.GetValue(_divide));
        using Device device = _device.Open(arguments, Terminal);
        using TrainingFolder folder = TrainingFolder.Open(foldFolder, onlyValidation || arguments.GetValue(_continue));
        TrainingFacts facts = new(
            plan.DatasetName, configuration, planned.Settings, planned.Manifest, split, device.Caps.Name, HashOf(Path.Combine(data, ExperimentPlan.FileName)), pretrained?.Name ?? "");
        TrainingPictures pictures = new(Terminal, folder, facts);
        if (initial is not null)
        {
            // Its memory is free before the validation.
            using Trainer trainer = new(planned.Settings, device, initial, cases, split, folder);
            CopyPlans(data, model);
            TrainedModel.WritePlanned(folder, planned.Manifest, fold);
            Announce(planned.Settings, split, trainer);
            Train(trainer, pictures, planned.Settings);
        }

        using TrainingCheckpoint final = TrainingCheckpoint.Open(folder[TrainingFolder.FinalFile]);
        if (!onlyValidation)
        {
            ModelManifest written = TrainedModel.Write(model, planned.Manifest, fold, final, Terminal.Cancellation);
            Terminal.WriteLine($"{model}: {written.Architecture}, fold{(written.Folds.Length == 1 ? "" : "s")} {string.Join(", ", written.Folds.Select(entry => entry.Name))}");
        }

        IReadOnlyList<EpochRecord> history = EpochLog.Read(folder.LogPath);
        EvaluationSummary? scores = validation.Run(final, device);
        if (scores is not null)
            pictures.Write(history, scores);
        Terminal.WriteJson(() => Result(model, fold, history, scores));
        return ExitCode.Success;
    }

    private void RequireOneWay(ParseResult arguments)
    {
        if (arguments.GetValue(_onlyValidation) && arguments.GetValue(_continue))
            throw new InvalidRequestException("--val validates a training that is finished and --c goes on with one that is not; give one of them.");
        if (arguments.GetValue(_onlyValidation) && arguments.GetValue(_noValidation))
            throw new InvalidRequestException("--val and --no-validation exclude each other; give one of them.");
    }

    private static Option<int?> Count(string name, string description) => ParsedOption.Of<int>(
        name, "N", description, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : null, "a whole number from 1");

    private static ImmutableArray<int>? MirrorAxes(string text)
    {
        const string Axes = "zyx";
        if (text == "none")
            return [];
        return text.Length > 0 && text.All(Axes.Contains) && text.Distinct().Count() == text.Length ? [.. text.Select(axis => Axes.IndexOf(axis)).Order()] : null;
    }

    private TrainerChanges Changes(ParseResult arguments) => new()
    {
        Dims = arguments.GetValue(_dims) ?? [],
        Depth = arguments.GetValue(_depth) ?? [],
        MirrorAxes = arguments.GetValue(_mirror) ?? TrainerChanges.None.MirrorAxes,
    };

    private TrainerSettings Chosen(ParseResult arguments, TrainerSettings planned)
    {
        bool isAdamW = arguments.GetRequiredValue(_optimiser) == "adamw";
        return planned with
        {
            Step = isAdamW ? planned.Step with { Optimiser = new AdamW() } : planned.Step,
            Epochs = arguments.GetValue(_epochs) ?? planned.Epochs,
            IterationsPerEpoch = arguments.GetValue(_iterations) ?? planned.IterationsPerEpoch,
            ValidationIterations = arguments.GetValue(_validationIterations) ?? planned.ValidationIterations,
            InitialLearningRate = arguments.GetValue(_learningRate) ?? (isAdamW ? AdamWRate : planned.InitialLearningRate),
            SaveInterval = arguments.GetValue(_saveInterval) ?? planned.SaveInterval,
            Seed = arguments.GetValue(_seed),
            Workers = arguments.GetRequiredValue(_workers),
        };
    }

    private IParameterSource Initial(TrainerSettings settings, NetworkSource? pretrained, bool divides)
    {
        InitialisationScheme scheme = settings.Version == NnunetVersion.V1 ? InitialisationScheme.V1 : InitialisationScheme.V2;
        InitialParameters random = new(settings.Step.Network, scheme, unchecked((long)settings.Seed));
        if (pretrained is null)
            return random;
        TransferredParameters transferred = new(pretrained.Files!.Folds[0], settings.Step.Network, random, settings.Version, divides);
        Terminal.WriteLine(
            $"{pretrained.Name}: {transferred.Loaded.Length} parameters pretrained, {transferred.Fresh.Length} of the heads new, "
            + $"{transferred.Mismatched.Length} do not fit, {transferred.Skipped.Length} tensors without a place");
        foreach (string mismatched in transferred.Mismatched)
            Terminal.Warn($"not pretrained: {mismatched}.");
        foreach (string name in transferred.Skipped)
            Terminal.Detail($"  skipped {name}");
        return transferred;
    }

    // nnU-Net keeps these with the model.
    private static void CopyPlans(string data, string model)
    {
        foreach ((string from, string to) in new[] { (ExperimentPlan.FileName, "plans.json"), (DatasetDescription.FileName, DatasetDescription.FileName), (DatasetFingerprint.FileName, DatasetFingerprint.FileName) })
        {
            if (File.Exists(Path.Combine(data, from)))
                AtomicFile.WriteText(Path.Combine(model, to), File.ReadAllText(Path.Combine(data, from)));
        }
    }

    private void Announce(TrainerSettings settings, DataSplit split, Trainer trainer)
    {
        Terminal.WriteLine($"{settings.Step.Network}, patch {settings.Step.Patch}, batch {settings.Step.BatchSize}, {split.Train.Length} cases to train, {split.Validation.Length} to validate");
        if (trainer.IsFinished)
            Terminal.WriteLine($"all {settings.Epochs} epochs are done");
        else if (trainer.Epoch > 0 || trainer.Iteration > 0)
            Terminal.WriteLine($"goes on with epoch {trainer.Epoch} of {settings.Epochs}, batch {trainer.Iteration}");
    }

    private void Train(Trainer trainer, TrainingPictures pictures, TrainerSettings settings)
    {
        ProgressLine line = new(Terminal);
        try
        {
            trainer.Run(
                new ProgressReport<TrainingProgress>(progress =>
                {
                    line.Report($"training fold {settings.Fold}", (double)progress.Epoch * progress.OfEpoch + progress.Done, (double)progress.Epochs * progress.OfEpoch);
                    if (progress.Finished is not { } finished)
                        return;
                    Terminal.WriteLine(finished.ToString());
                    pictures.Refresh(trainer.History);
                }),
                Terminal.Cancellation);
        }
        catch (OperationCanceledException)
        {
            Terminal.Warn($"stopped within epoch {trainer.Epoch}; the same command with --c goes on from here.");
            throw;
        }
        finally
        {
            pictures.Write(trainer.History);
        }
    }

    private static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private static JsonObject Result(string model, string fold, IReadOnlyList<EpochRecord> epochs, EvaluationSummary? validation)
    {
        JsonNode? Number(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;
        EpochRecord? last = epochs.Count > 0 ? epochs[^1] : null;
        return new JsonObject
        {
            ["folder"] = model,
            ["fold"] = fold,
            ["epochs"] = epochs.Count,
            ["train_loss"] = Number(last?.TrainingLoss),
            ["validation_loss"] = Number(last?.ValidationLoss),
            ["mean_pseudo_dice"] = Number(last?.MeanDice),
            ["average_pseudo_dice"] = Number(last?.AverageDice),
            ["validation_cases"] = validation?.Cases.Count,
            ["validation_dice"] = Number(validation?.ForegroundMean["Dice"]),
        };
    }
}
