using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary><c>stunet plan</c>: verifies a data set and plans its training.</summary>
internal sealed class PlanCommand : StuNetCommand
{
    private const string Text = """
        Verifies a data set and plans its training as nnU-Net v2 does: spacing, patch, batch and network of every configuration.

        The data set is a folder DatasetXXX_Name (nnU-Net v2) or TaskXXX_Name (v1). Every case is read and checked; what is wrong is listed and
        nothing is planned. Else the output folder gets dataset_fingerprint.json, nnUNetPlans.json, dataset.json, splits_final.json and
        verification.json, in nnU-Net's own formats. A splits_final.json that is there already is kept, and made of nnU-Net v1's splits_final.pkl
        where that is there alone.

        Examples:
          stunet plan raw/Dataset101_Organs -o preprocessed/Dataset101_Organs
          stunet plan raw/Dataset101_Organs --verify-only
          stunet plan raw/Dataset101_Organs -o preprocessed/Dataset101_Organs --pretrained models/base
        """;

    // As many as nnU-Net's default; each holds a case in memory.
    private const int MostWorkers = 8;

    private readonly Argument<string> _dataset = ParsedOption.Path("dataset", "Folder of the data set, with dataset.json, imagesTr and labelsTr.", ArgumentArity.ExactlyOne);
    private readonly Option<string> _output = OutputFolder.Option("Folder of the preprocessed data set to write to.", required: false);
    private readonly Option<bool> _verifyOnly = new("--verify-only") { Description = "Only verify; with -o the report is written." };
    private readonly Option<int> _workers = ParsedOption.Number(
        "--workers", "Cases read at the same time, each in memory as a whole.", Math.Min(MostWorkers, Environment.ProcessorCount), least: 1);

    private readonly Option<ImmutableArray<double>?> _spacing = ParsedOption.Of<ImmutableArray<double>>(
        "--spacing", "ZxYxX", "Spacing of full resolution in mm, in the images' order of axes, instead of the data set's own.", Triples.TryParseLengths, "millimetres such as 1.5 or 3x1.5x1.5");

    private readonly Option<string?> _pretrained = new("--pretrained")
    {
        HelpName = "MODEL",
        Description = "Keep spacing, patch, batch, poolings and normalisation of a pretrained model, for fine-tuning: a model folder, a checkpoint or trainer folder of nnU-Net (v1 or v2), v2 plans (.json), or v1 plans (plans.pkl, NAME.model.pkl).",
    };

    public PlanCommand(CommandConsole console)
        : base(console, "plan", Text)
    {
        Arguments.Add(_dataset);
        foreach (Option option in new Option[] { _output, _verifyOnly, _spacing, _pretrained, _workers })
            Options.Add(option);
    }

    protected override int Execute(ParseResult arguments)
    {
        string? output = arguments.GetValue(_output);
        bool verifyOnly = arguments.GetValue(_verifyOnly);
        if (output is null && !verifyOnly)
            throw new InvalidRequestException("--output is missing: name the folder for the plans, or give --verify-only.");
        RawDataset dataset = RawDataset.Open(arguments.GetRequiredValue(_dataset));
        if (output is not null && Path.GetFullPath(output) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataset.Folder)))
            throw new InvalidRequestException($"-o {output} is the data set itself; name another folder.");
        SplitsFile? existing = ReadSplits(output, dataset);
        if (existing is not null)
            WarnOfOverlaps(existing);
        Func<DatasetFingerprint, PlannedExperiment> planner = Planner(arguments, dataset);
        using WorkerPool pool = new(arguments.GetValue(_workers));
        ProgressLine progress = new(Terminal);
        IProgress<CaseProgress> Progress(string step) => new ProgressReport<CaseProgress>(cases => progress.Report(step, cases.Done, cases.Total));
        DatasetVerification verification = DatasetVerification.Run(dataset, pool, Progress("verifying"), Terminal.Cancellation);
        foreach (string line in verification.Summary())
            Terminal.WriteLine(line);
        if (verifyOnly || !verification.Passed)
        {
            if (output is not null)
            {
                Directory.CreateDirectory(output);
                verification.Write(Path.Combine(output, DatasetVerification.FileName));
            }

            Terminal.WriteJson(() => Result(verification, plan: null));
            return verification.Passed ? ExitCode.Success : ExitCode.Failed;
        }

        DatasetFingerprint fingerprint = DatasetFingerprint.Extract(dataset, pool, Progress("fingerprint"), cancellation: Terminal.Cancellation);
        PlannedExperiment planned = planner(fingerprint);
        Write(output!, dataset, verification, fingerprint, planned.Plan, existing);
        Show(output!, planned);
        Terminal.WriteJson(() => Result(verification, planned.Plan));
        return ExitCode.Success;
    }

    /// <summary>How the plans are made; a pretrained model is read now, so that a wrong one is told before hours of reading.</summary>
    private Func<DatasetFingerprint, PlannedExperiment> Planner(ParseResult arguments, RawDataset dataset)
    {
        Spacing? spacing = arguments.GetValue(_spacing) is { } chosen ? new Spacing(chosen[0], chosen[1], chosen[2]) : null;
        if (arguments.GetValue(_pretrained) is not { } pretrained)
            return fingerprint => ExperimentPlanner.Plan(dataset.Name, dataset.Description, fingerprint, spacing);
        if (spacing is not null)
            throw new InvalidRequestException("--spacing and --pretrained exclude each other: a pretrained model keeps its own spacing.");
        Func<DatasetFingerprint, ExperimentPlan> moved = PretrainedPlan.Open(pretrained, dataset, Terminal);
        return fingerprint => new PlannedExperiment(moved(fingerprint), []);
    }

    /// <summary>The folds somebody has chosen before; a file that does not fit is told before hours of reading, not after.</summary>
    private static SplitsFile? ReadSplits(string? output, RawDataset dataset)
    {
        SplitsFile? existing = output is null ? null : SplitsFile.Find(output);
        existing?.Splits.RequireKnown(existing.Path, dataset.Cases.Select(entry => entry.Identifier));
        return existing;
    }

    private void WarnOfOverlaps(SplitsFile existing)
    {
        for (int fold = 0; fold < existing.Splits.Folds.Length; fold++)
        {
            if (existing.Splits.OverlapOf(existing.Path, fold) is { } overlap)
                Terminal.Warn(overlap);
        }
    }

    private void Write(
        string folder, RawDataset dataset, DatasetVerification verification, DatasetFingerprint fingerprint, ExperimentPlan plan, SplitsFile? existing)
    {
        Terminal.Cancellation.ThrowIfCancellationRequested();
        Directory.CreateDirectory(folder);
        string[] identifiers = [.. dataset.Cases.Select(entry => entry.Identifier)];
        verification.Write(Path.Combine(folder, DatasetVerification.FileName));
        byte[] description = File.ReadAllBytes(Path.Combine(dataset.Folder, DatasetDescription.FileName));
        AtomicFile.Write(Path.Combine(folder, DatasetDescription.FileName), stream => stream.Write(description));
        fingerprint.Write(Path.Combine(folder, DatasetFingerprint.FileName));
        RawDatasetLocation.Write(folder, dataset);
        string splits = Path.Combine(folder, DataSplits.FileName);
        if (existing is { IsVersion1: true })
        {
            Terminal.WriteLine($"{existing.Path}: its {existing.Splits.Folds.Length} folds are written to {DataSplits.FileName}");
            existing.Splits.Write(splits);
        }
        else if (existing is not null)
        {
            Terminal.WriteLine($"{existing.Path} is kept as it is: {existing.Splits.Folds.Length} folds");
        }
        else if (identifiers.Length < DataSplits.FoldCount)
        {
            Terminal.Warn($"{identifiers.Length} cases are too few for {DataSplits.FoldCount} folds, so no {DataSplits.FileName} was written; train fold {DataSplits.AllFold}.");
        }
        else
        {
            DataSplits.KFold(identifiers).Write(splits);
        }

        // Last, so that plans are there only with everything they need.
        plan.Write(Path.Combine(folder, ExperimentPlan.FileName));
    }

    private void Show(string folder, PlannedExperiment planned)
    {
        TextTable table = new("configuration", "spacing mm", "median image", "patch", "batch", "stages");
        foreach (PlanConfiguration configuration in planned.Plan.Configurations)
        {
            table.Add(
                configuration.Name, Sizes(configuration.Spacing.Select(length => Math.Round(length, 3))), Sizes(configuration.MedianImageSizeInVoxels),
                Sizes(configuration.PatchSize.Select(length => (double)length)), $"{configuration.BatchSize}", $"{configuration.PoolOpKernelSizes.Length}");
        }

        Terminal.WriteLine();
        Terminal.WriteLine(table.ToString());
        Terminal.WriteLine();
        Terminal.WriteLine($"{Path.Combine(folder, ExperimentPlan.FileName)}: sizes are in the network's order of axes, {string.Join(", ", planned.Plan.TransposeForward)} of the images'");
        foreach (ConfigurationTrace trace in planned.Trace)
            Terminal.Detail(Describe(trace));
    }

    private static string Describe(ConfigurationTrace trace) => string.Join(
        Environment.NewLine,
        trace.Steps.Select(step => string.Create(CultureInfo.InvariantCulture, $"  patch {Sizes(step.PatchSize.Select(length => (double)length))}, {step.Stages} stages, memory estimate {step.Estimate:N0}"))
            .Prepend($"{trace.Configuration}: from {Sizes(trace.InitialPatch)}"));

    private static string Sizes(IEnumerable<double> sizes) => string.Join('x', sizes.Select(size => size.ToString(CultureInfo.InvariantCulture)));

    private static JsonObject Result(DatasetVerification verification, ExperimentPlan? plan)
    {
        JsonArray Numbers<T>(ImmutableArray<T> values) => [.. values.Select(value => JsonValue.Create(value))];
        return new JsonObject
        {
            ["dataset"] = verification.Dataset,
            ["cases"] = verification.Cases.Length,
            ["passed"] = verification.Passed,
            ["findings"] = new JsonArray([.. verification.Findings.Select(finding => (JsonNode)new JsonObject
            {
                ["severity"] = finding.Severity.ToString().ToLowerInvariant(),
                ["case"] = finding.Case,
                ["file"] = finding.File,
                ["message"] = finding.Message,
            })]),
            ["configurations"] = plan is null ? null : new JsonArray([.. plan.Configurations.Select(configuration => (JsonNode)new JsonObject
            {
                ["name"] = configuration.Name,
                ["spacing"] = Numbers(configuration.Spacing),
                ["patchSize"] = Numbers(configuration.PatchSize),
                ["batchSize"] = configuration.BatchSize,
            })]),
        };
    }
}
