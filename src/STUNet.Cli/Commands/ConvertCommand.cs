using System.CommandLine;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Model;
using STUNet.Training;
using STUNet.WeightsConverter;

namespace STUNet.Cli;

/// <summary><c>stunet convert</c>: PyTorch checkpoints to a model folder, and back.</summary>
internal sealed class ConvertCommand : StuNetCommand
{
    private const string Text = """
        Converts PyTorch checkpoints of nnU-Net (v1 .model, v2 .pth) into a model folder: safetensors weights and model.json.

        The input is a checkpoint, a fold folder, or a trainer folder (TRAINER__PLANS) with one checkpoint per fold. No code of the checkpoint is
        run: only what a list of known types allows is read. A trainer folder's postprocessing.json (or v2's .pkl) is taken along. Weights are streamed; a checkpoint of 5.8 GB needs less than 1 GB of memory.

        With --to pytorch a model folder becomes a trainer folder of nnU-Net v1 or v2 (--form) with one checkpoint of float32 tensors per fold. From a
        folder of stunet train, finished or not, come all of its checkpoints with the optimiser's state and the epochs so far, so that PyTorch can go on;
        and its plans.json and dataset.json, or what v1's plans.pkl takes from them. Where a model folder has none, they say what model.json does, under
        the name Dataset001_Exported.
        Without it a model folder becomes another one, with its weights as --dtype says; so does a checkpoint of a training, such as
        fold_0/checkpoint_best.safetensors, or the folder of one that is not finished.

        Examples:
          stunet convert --to pytorch -i models/base -o STUNetTrainer_base__nnUNetPlansv2.1
          stunet convert --to pytorch -i models/organs -o nnUNet_results/Dataset101_Organs/STUNetTrainer_base__nnUNetPlans__3d_fullres
          stunet convert -i Task101_TotalSegmentator/STUNetTrainer_base__nnUNetPlansv2.1 -chk base_ep4k -o models/base
          stunet convert -i base_ep4k.model -o models/base --dtype f16 --licence Apache-2.0
          stunet convert -i models/organs -o models/organs-f16 --dtype f16
        """;

    private readonly Option<string> _input = new("--input", "-i") { Required = true, HelpName = "PATH", Description = "Checkpoint, fold folder or trainer folder; or a model folder or a checkpoint of stunet train." };
    private readonly Option<string> _output = OutputFolder.Option("Model folder, or trainer folder, to write.");
    private readonly Option<string> _to = ParsedOption.OneOf("--to", "What to write: a model folder, or checkpoints that PyTorch and nnU-Net load.", "stunet", "stunet", "pytorch");
    private readonly Option<string> _form = ParsedOption.OneOf("--form", "Whose checkpoints --to pytorch writes; default: the model's own.", "", "v1", "v2");
    private readonly Option<string[]> _folds = new("--folds", "-f")
    {
        HelpName = "F",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        Description = "Folds of a trainer folder: numbers, or all. Default: every numbered fold, or else all.",
    };

    private readonly Option<string?> _checkpoint = new("--checkpoint", "-chk") { HelpName = "NAME", Description = "Checkpoint in each fold, with or without extension." };
    private readonly Option<string?> _plans = new("--plans") { HelpName = "FILE", Description = "Side file (.model.pkl) or full plans.pkl for a checkpoint that lies alone." };
    private readonly Option<string> _dtype = ParsedOption.OneOf("--dtype", "Element type of the weights; rounding is to nearest even.", "f32", "f32", "f16", "bf16");
    private readonly Option<string?> _labels = new("--labels") { HelpName = "FILE", Description = "JSON of label names, such as {\"0\": \"background\", \"1\": \"liver\"}." };
    private readonly Option<string> _licence = new("--licence", "--license") { HelpName = "TEXT", Description = "Licence of the weights, kept in model.json.", DefaultValueFactory = _ => "" };

    public ConvertCommand(CommandConsole console)
        : base(console, "convert", Text)
    {
        foreach (Option option in new Option[] { _input, _output, _to, _form, _folds, _checkpoint, _plans, _dtype, _labels, _licence })
            Options.Add(option);
    }

    protected override int Execute(ParseResult arguments)
    {
        if (string.Equals(arguments.GetRequiredValue(_to), "pytorch", StringComparison.OrdinalIgnoreCase))
            return ToPyTorch(arguments);
        if (arguments.GetResult(_form) is { Implicit: false })
            throw new InvalidRequestException("--form is for --to pytorch; leave it out.");
        if (OpenOwn(arguments.GetRequiredValue(_input)) is { } own)
            return Rewrite(arguments, own);
        string[] folds = arguments.GetValue(_folds) ?? [];
        ConversionRequest request = new(
            CheckpointLocator.Find(arguments.GetRequiredValue(_input), folds.Length == 0 ? null : folds, arguments.GetValue(_checkpoint)),
            arguments.GetRequiredValue(_output),
            Enum.Parse<ElementType>(arguments.GetRequiredValue(_dtype), ignoreCase: true),
            new ModelOptions
            {
                PlansPath = arguments.GetValue(_plans),
                Labels = arguments.GetValue(_labels) is { } labels ? LabelNames.Read(labels) : null,
                Licence = arguments.GetRequiredValue(_licence),
            });
        return Convert(arguments, progress => CheckpointConverter.Convert(request, progress, Terminal.Cancellation));
    }

    private static ModelFiles? OpenOwn(string input) => File.Exists(Path.Combine(input, ModelManifest.FileName)) ? ModelFiles.Open(input) : TrainingModel.Find(input);

    private int Rewrite(ParseResult arguments, ModelFiles own)
    {
        using ModelFiles model = own;
        foreach (Option option in new Option[] { _folds, _checkpoint, _plans })
        {
            if (arguments.GetResult(option) is { Implicit: false })
                throw new InvalidRequestException($"{option.Name} is for checkpoints, not for a model folder; leave it out.");
        }

        ModelManifest manifest = model.Manifest with
        {
            ElementType = Enum.Parse<ElementType>(arguments.GetRequiredValue(_dtype), ignoreCase: true),
            Labels = arguments.GetValue(_labels) is { } labels ? LabelNames.Read(labels) : model.Manifest.Labels,
            Licence = arguments.GetRequiredValue(_licence) is { Length: > 0 } licence ? licence : model.Manifest.Licence,
        };
        return Convert(arguments, progress => CheckpointConverter.Rewrite(model, manifest, arguments.GetRequiredValue(_output), progress, Terminal.Cancellation));
    }

    private int Convert(ParseResult arguments, Func<IProgress<ConversionProgress>, ConversionResult> convert)
    {
        string output = arguments.GetRequiredValue(_output);
        CarriedPostprocessing? postprocessing = CarriedPostprocessing.Find(arguments.GetRequiredValue(_input));
        ProgressLine progress = new(Terminal);
        ConversionResult result = convert(new ProgressReport<ConversionProgress>(report => progress.Report(report.Step, report.DoneBytes, report.TotalBytes)));
        postprocessing?.Write(output);
        foreach (string warning in result.Warnings)
            Terminal.Warn(warning);
        Show(result.Manifest, output);
        return ExitCode.Success;
    }

    private int ToPyTorch(ParseResult arguments)
    {
        foreach (Option option in new Option[] { _folds, _checkpoint, _plans, _dtype, _labels, _licence })
        {
            if (arguments.GetResult(option) is { Implicit: false })
                throw new InvalidRequestException($"{option.Name} is not for --to pytorch, which writes all folds as float32; leave it out.");
        }

        string input = arguments.GetRequiredValue(_input);
        string output = arguments.GetRequiredValue(_output);
        using TrainingExport? training = TrainingExport.Find(input);
        using ModelFiles? model = training is null ? ModelFiles.Open(input) : null;
        ModelManifest manifest = training?.Manifest ?? model!.Manifest;
        string given = arguments.GetRequiredValue(_form);
        NnunetVersion form = given.Length == 0 ? manifest.Nnunet : Enum.Parse<NnunetVersion>(given, ignoreCase: true);
        CarriedPostprocessing? postprocessing = CarriedPostprocessing.Find(input);
        ProgressLine line = new(Terminal);
        ProgressReport<ConversionProgress> progress = new(report => line.Report(report.Step, report.DoneBytes, report.TotalBytes));
        (IReadOnlyList<string> files, IReadOnlyList<string> warnings) = training is null
            ? PyTorchExporter.Write(model!, TrainedPlans.Find(input, manifest), output, form, progress, Terminal.Cancellation)
            : PyTorchExporter.Write(manifest, training.Checkpoints, training.Plans, output, form, progress, Terminal.Cancellation);
        foreach (string warning in (string[])[.. training?.Warnings ?? [], .. warnings])
            Terminal.Warn(warning);
        if (postprocessing is not null && postprocessing.Postprocessing.Version != form)
            Terminal.Warn($"{Path.Combine(input, PostprocessingFile.FileName)} is of nnU-Net {postprocessing.Postprocessing.Version}, which counts other voxels as neighbours; it is left out.");
        else if (postprocessing is not null)
            files = [.. files, .. postprocessing.WriteForNnunet(output)];
        foreach (string file in files)
            Terminal.WriteLine($"{file}: {ByteSize.Describe(new FileInfo(file).Length)}");
        Terminal.WriteJson(() => new JsonObject { ["files"] = new JsonArray([.. files.Select(file => (JsonNode)file)]) });
        return ExitCode.Success;
    }

    private void Show(ModelManifest manifest, string folder)
    {
        Terminal.WriteLine($"{folder}: {manifest.Architecture}, weights {manifest.ElementType}");
        foreach (FoldFile fold in manifest.Folds)
            Terminal.WriteLine($"  fold {fold.Name}: {fold.File}, {ByteSize.Describe(new FileInfo(Path.Combine(folder, fold.File)).Length)}");
        foreach (SourceFile source in manifest.Sources)
            Terminal.WriteLine($"  from {source.File}, SHA-256 {source.Sha256}");
        Terminal.WriteJson(() => new JsonObject
        {
            ["folder"] = folder,
            ["architecture"] = manifest.Architecture.ToString(),
            ["folds"] = new JsonArray([.. manifest.Folds.Select(fold => (JsonNode)fold.File)]),
            ["sources"] = new JsonArray([.. manifest.Sources.Select(source => new JsonObject { ["file"] = source.File, ["sha256"] = source.Sha256 })]),
        });
    }
}
