using System.CommandLine;
using System.Text.Json.Nodes;
using STUNet.Core;
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
        and evaluated: fold_F/validation, or validation_raw by v1's rules, gets label maps and summary.json; --no-validation leaves that out, --val does
        it for a training that is finished, and --val_best predicts with the best checkpoint. The raw images are found where stunet plan or preprocess read them, or by --raw. Ctrl+C keeps the state of the moment. A training that goes on
        (--c) from there, or from the last checkpoint after a crash, gives the same bits as one that was never interrupted.

        Trainers: STUNetTrainer_small, _base, _large, _huge; behind it _ep2k or _ep4k for 2000 or 4000 epochs instead of 1000, or _ft for fine-tuning.

        Examples:
          stunet train preprocessed/Dataset101_Organs 3d_fullres 0 -tr STUNetTrainer_base -o models/organs
          stunet train preprocessed/Dataset101_Organs 3d_fullres 0 -tr STUNetTrainer_base -o models/organs --c
          stunet train preprocessed/Dataset101_Organs 3d_fullres 0 -tr STUNetTrainer_base -o models/organs --val
        """;

    private const string FinetuneText = """
        Trains one fold from pretrained weights: everything but the segmentation heads is taken over.

        The weights are a model folder, a checkpoint of one of our trainings (fold_F/checkpoint_best.safetensors), or a checkpoint of nnU-Net (v1 .model, v2 .pth) or its trainer folder. With several input channels the first
        convolution's weights are repeated for each. Everything else is as in `stunet train`; plan with --pretrained to keep the model's spacing and patch.

        Examples:
          stunet finetune preprocessed/Dataset101_Organs 3d_fullres 0 -tr STUNetTrainer_base_ft -pretrained_weights models/base -o models/organs
        """;

    private const string InFloat32 = "train in f32";

    private readonly OpenTrainingCases _open;
    private readonly Argument<string> _data = ParsedOption.Path("preprocessed", "Folder of the preprocessed data set.", ArgumentArity.ExactlyOne);
    private readonly Argument<string> _configuration = new("configuration") { Description = "Configuration of the plans, such as 3d_fullres." };
    private readonly Argument<string> _fold = new("fold") { Description = "A number from 0, or all." };
    private readonly Option<string> _trainer = new("-tr", "--trainer") { Required = true, HelpName = "NAME", Description = "The trainer, such as STUNetTrainer_base." };
    private readonly Option<string> _output = OutputFolder.Option("Model folder to write.");
    private readonly Option<bool> _continue = new("--c", "-c", "--continue") { Description = "Go on with the training in the folder; begin where there is none." };
    private readonly Option<bool> _onlyValidation = new("--val", "-val") { Description = "Only the final validation of a training that is finished." };
    private readonly Option<bool> _best = new("--val_best", "--valbest")
    {
        Description = "The final validation is by the best checkpoint instead of the last, in the same folder. Only v2's rules keep a best one.",
    };

    private readonly Option<bool> _probabilities = new("--npz")
    {
        Description = "The final validation also writes probabilities, CASE.npz and CASE.pkl, which nnU-Net's tools find the best configuration or ensemble by.",
    };

    private readonly Option<bool> _noValidation = new("--no-validation") { Description = "Leave out the final validation." };
    private readonly Option<string?> _raw = new("--raw") { HelpName = "DIR", Description = "The raw data set for the final validation; by default where it was preprocessed from." };
    private readonly Option<string?> _pretrained = new("-pretrained_weights", "--pretrained") { HelpName = "MODEL", Description = "Pretrained weights to begin with." };
    private readonly Option<bool> _divide = new("--divide-repeated")
    {
        Description = "With several input channels, divide the pretrained weights of the first convolutions by their number; the reference repeats them undivided.",
    };

    private readonly RecipeOptions _recipe = new();
    private readonly Option<bool> _tune = DeviceOptions.TuneOption();
    private readonly DeviceOptions _device = new();

    public TrainCommand(CommandConsole console, OpenTrainingCases open, bool isFinetuning)
        : base(console, isFinetuning ? "finetune" : "train", isFinetuning ? FinetuneText : TrainText)
    {
        _open = open;
        _pretrained.Required = isFinetuning;
        foreach (Argument argument in new Argument[] { _data, _configuration, _fold })
            Arguments.Add(argument);
        foreach (Option option in new Option[] { _trainer, _output, _continue, _onlyValidation, _best, _probabilities, _noValidation, _raw, _pretrained, _divide })
            Options.Add(option);
        _recipe.AddTo(this);
        Options.Add(_tune);
        _device.AddTo(this);
    }

    protected override int Execute(ParseResult arguments)
    {
        RequireOneWay(arguments);
        string data = arguments.GetRequiredValue(_data);
        string model = arguments.GetRequiredValue(_output);
        string fold = arguments.GetRequiredValue(_fold);
        bool onlyValidation = arguments.GetValue(_onlyValidation);
        bool byBest = arguments.GetValue(_best);
        ExperimentPlan plan = PreprocessedCases.ReadPlan(data);
        DatasetDescription dataset = DatasetDescription.Read(Path.Combine(data, DatasetDescription.FileName));
        string configuration = arguments.GetRequiredValue(_configuration);
        TrainerName trainerName = TrainerName.Parse(arguments.GetRequiredValue(_trainer));
        using ITrainingCases cases = _open(data, PlannedTraining.RequireTrainable(plan, configuration, dataset));
        PlannedTraining planned = PlannedTraining.Of(plan, configuration, dataset, trainerName, fold, _recipe.Rules(arguments), cases.Preprocessing, _recipe.Changes(arguments));
        planned = planned with { Settings = _recipe.Apply(arguments, planned.Settings) };
        PrecisionOption.RequireGpu(planned.Settings.Step.Precision, _device.IsCpu(arguments), InFloat32);
        FoldCases foldCases = FoldCases.Find(fold, data, cases.Identifiers);
        TrainedModel.RequireRoom(model, planned.Manifest, fold);
        foreach (string warning in foldCases.Warnings)
            Terminal.Warn(warning);
        DataSplit split = foldCases.Split;
        string foldFolder = Path.Combine(model, TrainedModel.FoldFolder(fold));
        if (onlyValidation)
            RequireFinished(foldFolder, byBest);
        TrainingValidation validation = new(Terminal, planned, onlyValidation, arguments.GetValue(_probabilities));
        if (!arguments.GetValue(_noValidation))
            validation.Find(() => FinalValidation.Of(arguments.GetValue(_raw) is { } raw ? RawDataset.Open(raw) : RawDatasetLocation.Open(data), split, planned.Settings, dataset.Labels, foldFolder));
        // A training that goes on has its weights from its checkpoint.
        string? pretrained = arguments.GetValue(_pretrained);
        bool isNew = !onlyValidation && !TrainingFolder.IsBegun(foldFolder);
        using StartingWeights weights = StartingWeights.Open(planned.Settings, isNew ? pretrained : null, arguments.GetValue(_divide), Terminal);
        using Device device = _device.Open(arguments, Terminal, arguments.GetValue(_tune));
        PrecisionOption.RequireGpu(planned.Settings.Step.Precision, device is CpuDevice, InFloat32);
        using TrainingFolder folder = TrainingFolder.Open(foldFolder, onlyValidation || arguments.GetValue(_continue));
        TrainingFacts FactsOf(InitialWeights? initial) => new(
            plan.DatasetName, configuration, planned.Settings, planned.Manifest, split, device.Caps.Name, FileHash.Sha256(Path.Combine(data, ExperimentPlan.FileName)), initial);
        if (!onlyValidation)
        {
            // Its memory is free before the validation.
            using Trainer trainer = folder.Begin(
                () => new Trainer(planned.Settings, device, weights.Parameters, cases, split, folder, weights.Origin), () => TrainedPlans.Copy(data, model), planned.Manifest, fold);
            TrainingFacts facts = FactsOf(trainer.InitialWeights);
            Announce(planned.Settings, split, trainer);
            if (!isNew && pretrained is not null)
                Terminal.WriteLine($"{pretrained} is not read; initial weights of this training: {facts.Beginning}");
            Train(trainer, new TrainingPictures(Terminal, folder, facts), planned.Settings);
        }

        using TrainingCheckpoint final = TrainingCheckpoint.Open(folder[TrainingFolder.FinalFile]);
        if (!onlyValidation)
        {
            ModelManifest written = WriteModel(model, planned.Manifest, fold, final);
            Terminal.WriteLine($"{model}: {written.Architecture}, fold{(written.Folds.Length == 1 ? "" : "s")} {string.Join(", ", written.Folds.Select(entry => entry.Name))}");
        }

        IReadOnlyList<EpochRecord> history = EpochLog.Read(folder.LogPath);
        using TrainingCheckpoint? best = byBest ? TrainingCheckpoint.Open(folder[TrainingFolder.BestFile]) : null;
        EvaluationSummary? scores = validation.Run(best ?? final, device);
        if (scores is not null)
            new TrainingPictures(Terminal, folder, FactsOf(final.InitialWeights) with { Described = final.Settings, Validated = Path.GetFileName((best ?? final).Path) }).Write(history, scores);
        Terminal.WriteJson(() => Result(model, fold, history, scores, final.InitialWeights, weights.Transferred));
        return ExitCode.Success;
    }

    private void RequireOneWay(ParseResult arguments)
    {
        if (arguments.GetValue(_onlyValidation) && arguments.GetValue(_continue))
            throw new InvalidRequestException("--val validates a training that is finished and --c goes on with one that is not; give one of them.");
        if (arguments.GetValue(_onlyValidation) && arguments.GetValue(_noValidation))
            throw new InvalidRequestException("--val and --no-validation exclude each other; give one of them.");
        if (arguments.GetValue(_best) && arguments.GetValue(_noValidation))
            throw new InvalidRequestException("--val_best and --no-validation exclude each other; give one of them.");
        if (arguments.GetValue(_probabilities) && arguments.GetValue(_noValidation))
            throw new InvalidRequestException("--npz is about the final validation, which --no-validation leaves out; give one of them.");
        if (arguments.GetValue(_best) && _recipe.Rules(arguments) == NnunetVersion.V1)
            throw new InvalidRequestException("--val_best needs a best checkpoint, which v1's rules do not keep; leave it out, or train with --rules v2.");
        if (arguments.GetValue(_divide) && arguments.GetValue(_pretrained) is null)
            throw new InvalidRequestException("--divide-repeated is about pretrained weights; give -pretrained_weights, or leave it out.");
    }

    private static void RequireFinished(string foldFolder, bool byBest)
    {
        string final = Path.Combine(foldFolder, TrainingFolder.FinalFile);
        if (!File.Exists(final))
            throw new InvalidFileException(final, "", "the training of this fold is not finished", "go on with it by --c");
        string best = Path.Combine(foldFolder, TrainingFolder.BestFile);
        if (byBest && !File.Exists(best))
            throw new InvalidFileException(best, "", "the best checkpoint is not there", "restore it, or leave out --val_best to validate the last");
    }

    private ModelManifest WriteModel(string model, ModelManifest manifest, string fold, TrainingCheckpoint final)
    {
        try
        {
            return TrainedModel.Write(model, manifest, fold, final, Terminal.Cancellation);
        }
        catch (IOException failure)
        {
            throw new TrainingFailedException($"The model could not be written ({failure.Message.TrimEnd('.')}); the training is done and kept: make room and give the same command with --c.", failure);
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

    private static JsonObject Result(string model, string fold, IReadOnlyList<EpochRecord> epochs, EvaluationSummary? validation, InitialWeights? initial, TransferredParameters? transferred)
    {
        JsonNode? Number(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;
        JsonArray Names(IEnumerable<string> names) => [.. names.Select(name => JsonValue.Create(name))];
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
            ["initial_weights"] = initial?.File is { } begun ? new JsonObject { ["file"] = begun.File, ["sha256"] = begun.Sha256 } : null,
            ["pretrained"] = transferred is null ? null : new JsonObject
            {
                ["loaded"] = transferred.Loaded.Length,
                ["new_heads"] = Names(transferred.Fresh),
                ["mismatched"] = Names(transferred.Mismatched),
                ["skipped"] = Names(transferred.Skipped),
            },
        };
    }
}
