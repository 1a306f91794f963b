using System.CommandLine;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary><c>stunet postprocess</c>: decides which components to remove, or removes them.</summary>
internal sealed class PostprocessCommand : StuNetCommand
{
    private const string Text = """
        Decides which small components of label maps to remove, or removes them.

        With --ref: tries on validation cases whether the largest component of the whole foreground, and of every class, is a better prediction, by the rules
        of nnU-Net v1 (6 neighbours) or v2 (26), and writes postprocessing.json. Give the validation folders of all folds.
        With --using: applies a postprocessing.json to the label maps of a folder. Put into a model folder, stunet predict applies it by itself.

        Examples:
          stunet postprocess -i fold_0/validation_raw fold_1/validation_raw --ref labelsTr --dataset dataset.json -o models/base/postprocessing.json
          stunet postprocess -i labels/ --using postprocessing.json -o cleaned/
        """;

    private readonly Option<string[]> _input = new("--input", "-i")
    {
        Required = true,
        HelpName = "DIR",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        Description = "Folders of label maps.",
    };

    private readonly Option<string> _output = new("--output", "-o") { Required = true, HelpName = "PATH", Description = "With --ref the .json file to write, with --using the folder for label maps." };
    private readonly Option<string?> _references = new("--ref") { HelpName = "DIR", Description = "Folder of label maps that are right: decide." };
    private readonly Option<string?> _using = new("--using", "-pp") { HelpName = "FILE", Description = "A postprocessing.json of nnU-Net v1 or v2: apply." };
    private readonly LabelOptions _labels = new();
    private readonly Option<int> _threads = ParsedOption.Number("--threads", "CPU threads, 0 for one per processor. Never changes a result.", fallback: 0, least: 0);

    public PostprocessCommand(CommandConsole console)
        : base(console, "postprocess", Text)
    {
        foreach (Option option in new Option[] { _input, _output, _references, _using })
            Options.Add(option);
        _labels.AddTo(this);
        Options.Add(_threads);
    }

    protected override int Execute(ParseResult arguments)
    {
        string? references = arguments.GetValue(_references);
        string? file = arguments.GetValue(_using);
        if (references is null == file is null)
            throw new InvalidRequestException("Give either --ref DIR to decide on a postprocessing, or --using FILE to apply one; see stunet postprocess --help.");
        using WorkerPool workers = new(arguments.GetRequiredValue(_threads));
        ProgressLine line = new(Terminal);
        ProgressReport<EvaluationProgress> progress = new(report => line.Report(report.Step, report.Done, report.Total));
        string[] input = arguments.GetRequiredValue(_input);
        string output = arguments.GetRequiredValue(_output);
        if (references is null)
            Apply(input, PostprocessingFile.Read(file!), output, workers, progress);
        else
            Decide(CasePairs.Find(input, references, needAll: false), input[0], _labels.Read(arguments), output, workers, progress);
        return ExitCode.Success;
    }

    private void Apply(string[] folders, LabelPostprocessing postprocessing, string output, WorkerPool workers, IProgress<EvaluationProgress> progress)
    {
        if (folders.Any(folder => Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar) == Path.GetFullPath(output).TrimEnd(Path.DirectorySeparatorChar)))
            throw new InvalidRequestException($"-o {output}: the label maps would replace those they are made from; choose another folder.");
        if (File.Exists(output) || VolumeFile.HasWritableName(output) || output.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new InvalidRequestException($"-o {output}: with --using this must be a folder.");
        OutputFolder.Require("-o", output);
        Dictionary<string, string> targets = new(StringComparer.Ordinal);
        foreach ((string name, string path) in folders.SelectMany(LabelFolder.List))
        {
            if (!targets.TryAdd(Path.Combine(output, $"{name}.nii.gz"), path))
                throw new InvalidFileException(path, "", $"case {name} is there twice, also as {targets[Path.Combine(output, $"{name}.nii.gz")]}", "remove one of them");
        }

        Directory.CreateDirectory(output);
        PostprocessedFiles.Write(postprocessing, [.. targets.Select(target => (target.Value, target.Key))], workers, progress, Terminal.Cancellation);
        Terminal.WriteLine($"{targets.Count} label map{(targets.Count == 1 ? "" : "s")} written to {output}; {Describe(postprocessing)}");
        Terminal.WriteJson(() => new JsonObject { ["output"] = output, ["files"] = new JsonArray([.. targets.Keys.Select(target => (JsonNode)target)]), ["kept"] = Kept(postprocessing) });
    }

    private void Decide(
        IReadOnlyList<EvaluationCase> cases, string folder, LabelSelection selection, string output, WorkerPool workers, IProgress<EvaluationProgress> progress)
    {
        if (!output.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new InvalidRequestException($"-o {output}: with --ref this must be a .json file, such as postprocessing.json.");
        if (selection.Foreground.IsEmpty)
            throw new InvalidRequestException("No label beside the background is listed; give --labels or --dataset with foreground labels.");
        EvaluationOptions options = new(selection.Version, selection.Foreground) { Ignore = selection.Ignore };
        LabelPostprocessing chosen = selection.Version == NnunetVersion.V1 ? DecideV1() : DecideV2();
        Terminal.WriteLine($"{cases.Count} case{(cases.Count == 1 ? "" : "s")}; {Describe(chosen)}. Written: {output}");
        Terminal.WriteJson(() => new JsonObject { ["output"] = output, ["cases"] = cases.Count, ["kept"] = Kept(chosen) });

        LabelPostprocessing DecideV1()
        {
            PostprocessingChoiceV1 choice = PostprocessingChoiceV1.Decide(cases, selection.ForegroundLabels, workers, progress, Terminal.Cancellation);
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            MakeFolderOf(output);
            choice.Write(output, name, $"{name}_postprocessed");
            return choice.Postprocessing;
        }

        LabelPostprocessing DecideV2()
        {
            PostprocessingChoiceV2 choice = PostprocessingChoiceV2.Decide(cases, selection.ForegroundLabels, options, workers, progress, Terminal.Cancellation);
            MakeFolderOf(output);
            choice.Write(output);
            return choice.Postprocessing;
        }
    }

    private static void MakeFolderOf(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
    }

    private static string Describe(LabelPostprocessing postprocessing) => postprocessing.Steps.IsEmpty
        ? "nothing is removed"
        : $"keeps the largest component of {string.Join(", then ", postprocessing.Steps.Select(step => step.What.Key))}";

    private static JsonArray Kept(LabelPostprocessing postprocessing) => [.. postprocessing.Steps.Select(step => (JsonNode)step.What.Key)];
}
