using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary><c>stunet preprocess</c>: brings the cases of a data set to the grid of a planned configuration.</summary>
internal sealed class PreprocessCommand : StuNetCommand
{
    private const string Text = """
        Preprocesses the cases of a data set for training: cropped, normalised and resampled as nnU-Net does it.

        The output folder is that of stunet plan, whose nnUNetPlans.json is followed. Every case becomes one file, OUTPUT/CONFIGURATION/CASE.safetensors,
        which training maps into memory. Cases that are there already are kept if raw files and plan are the same, so an interrupted run continues
        where it stopped. A case that fails is named and does not stop the others.

        By the rules of nnU-Net v2 images are normalised and then resampled, by those of v1 the other way round. A model keeps the rules of the cases it was
        trained on, and predicts by them.

        Memory: as many cases as there are workers are in memory at the same time. Each holds the raw image (4 bytes per voxel and channel), labels and masks (up
        to 8 per voxel), the result (4 per voxel and channel, 2 for labels), and for one channel at a time up to 16 per voxel.

        Examples:
          stunet preprocess raw/Dataset101_Organs -o preprocessed/Dataset101_Organs
          stunet preprocess raw/Dataset101_Organs -o preprocessed/Dataset101_Organs -c 3d_lowres --workers 2
        """;

    // nnU-Net's number for 3d_fullres; each holds a case in memory.
    private const int MostWorkers = 4;

    private readonly Argument<string> _dataset = ParsedOption.Path("dataset", "Folder of the data set, with dataset.json, imagesTr and labelsTr.", ArgumentArity.ExactlyOne);
    private readonly Option<string> _output = OutputFolder.Option("Folder of the preprocessed data set, with the plans of stunet plan.");
    private readonly Option<string> _configuration = new("--configuration", "-c")
    {
        HelpName = "NAME",
        Description = "Configuration of the plans.",
        DefaultValueFactory = _ => PlanConfiguration.FullResolution,
    };

    private readonly Option<string> _rules = ParsedOption.OneOf("--rules", "Which nnU-Net's rules; the model will predict by them too.", "v2", "v1", "v2");

    private readonly Option<int> _workers = ParsedOption.Number(
        "--workers", "Cases preprocessed at the same time, each in memory as a whole.", Math.Min(MostWorkers, Environment.ProcessorCount), least: 1);

    public PreprocessCommand(CommandConsole console)
        : base(console, "preprocess", Text)
    {
        Arguments.Add(_dataset);
        foreach (Option option in new Option[] { _output, _configuration, _rules, _workers })
            Options.Add(option);
    }

    protected override int Execute(ParseResult arguments)
    {
        string output = arguments.GetRequiredValue(_output);
        RawDataset dataset = RawDataset.Open(arguments.GetRequiredValue(_dataset));
        ExperimentPlan plan = ReadPlan(output, dataset);
        PlanConfiguration configuration = plan.Configuration(arguments.GetRequiredValue(_configuration));
        CaseStore store = new(output, configuration);
        NnunetVersion rules = Enum.Parse<NnunetVersion>(arguments.GetRequiredValue(_rules), ignoreCase: true);
        PreprocessingRecipe recipe = PreprocessingRecipe.Of(plan, configuration, dataset.Description, rules);
        RawDatasetLocation.Write(output, dataset);
        using WorkerPool pool = new(arguments.GetValue(_workers));
        ProgressLine progress = new(Terminal);
        ImmutableArray<CaseOutcome> outcomes = DatasetPreprocessing.Run(
            dataset, recipe, store, pool, new ProgressReport<CaseProgress>(cases => progress.Report("preprocessing", cases.Done, cases.Total)), Terminal.Cancellation);
        Terminal.EndProgress();
        foreach (CaseOutcome outcome in outcomes.Where(outcome => outcome.Failure is not null))
            Terminal.Report(outcome.Failure!, outcome.Case);
        Show(store, outcomes);
        return outcomes.Any(outcome => outcome.Failure is not null) ? ExitCode.Failed : ExitCode.Success;
    }

    private static ExperimentPlan ReadPlan(string output, RawDataset dataset)
    {
        string path = Path.Combine(output, ExperimentPlan.FileName);
        if (!File.Exists(path))
            throw new InvalidFileException(path, "", "there are no plans", $"run stunet plan {dataset.Folder} -o {output} first");
        ExperimentPlan plan = ExperimentPlan.Read(path);
        if (plan.DatasetName != dataset.Name)
            throw new InvalidFileException(path, "dataset_name", $"the plans are of {plan.DatasetName}, the data set is {dataset.Name}", "name the folder that was planned for this data set");
        return plan;
    }

    private void Show(CaseStore store, ImmutableArray<CaseOutcome> outcomes)
    {
        int written = outcomes.Count(outcome => outcome.IsWritten);
        int failed = outcomes.Count(outcome => outcome.Failure is not null);
        long bytes = outcomes.Sum(outcome => outcome.Bytes);
        Terminal.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{store.Folder}: {outcomes.Length} cases, {written} preprocessed, {outcomes.Length - written - failed} up to date, {failed} failed; {bytes / 1048576.0:F1} MiB"));
        Terminal.WriteJson(() => new JsonObject
        {
            ["folder"] = store.Folder,
            ["bytes"] = bytes,
            ["cases"] = new JsonArray([.. outcomes.Select(outcome => (JsonNode)new JsonObject
            {
                ["case"] = outcome.Case,
                ["state"] = outcome.Failure is not null ? "failed" : outcome.IsWritten ? "preprocessed" : "up to date",
                ["bytes"] = outcome.Bytes,
                ["message"] = outcome.Failure?.Message,
            })]),
        });
    }
}
