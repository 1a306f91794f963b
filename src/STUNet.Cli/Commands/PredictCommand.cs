using System.CommandLine;
using System.Diagnostics;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Inference;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary><c>stunet predict</c>: label maps of images.</summary>
internal sealed class PredictCommand : StuNetCommand
{
    private const string Text = """
        Segments images: exactly as the nnU-Net that the model was trained with, v1 or v2, does.

        The model is a folder written by stunet convert or train (--model), a checkpoint of a training that is not finished or its folder, or a trained nnU-Net model in its results folder, called like nnUNet_predict
        (-t, -m, -f, -tr, -p, -chk); the checkpoints are then read directly. Label maps keep the geometry of the image. Several cases overlap:
        while the network works on one, the next is read. A case that fails is named and does not stop the others.

        Examples:
          stunet predict --model models/base -i ct.nii.gz -o seg.nii.gz --preview seg.png
          stunet predict --model models/base -i images/ -o labels/ --disable_tta
          stunet predict --model models/base -i images/ -o probabilities/ --save_probabilities
          stunet predict -i IN -o OUT -t 101 -m 3d_fullres -f 0 -tr STUNetTrainer_base -chk base_ep4k --mode fast --disable_tta
        """;

    private static readonly string[] Configurations = ["3d_fullres", "3d_lowres"];
    private readonly PredictOptions _options = new();
    private readonly KernelOptions _kernels = new();
    private readonly DeviceOptions _device = new();

    public PredictCommand(CommandConsole console)
        : base(console, "predict", Text)
    {
        _options.AddTo(this);
        _kernels.AddTo(this);
        _device.AddTo(this);
    }

    protected override int Execute(ParseResult arguments)
    {
        StageTable times = new(Terminal.Elapsed);
        _options.Check(arguments);
        string input = arguments.GetRequiredValue(_options.Input);
        OutputPaths output = OutputPaths.Decide(input, arguments.GetRequiredValue(_options.Output), OutputPaths.IsLabelFile, "-o");
        OutputPaths? preview = arguments.GetValue(_options.Preview) is { } target ? OutputPaths.Decide(input, target, OutputPaths.IsPng, "--preview") : null;
        string? trained = arguments.GetValue(_options.Task) is { } task ? FindTrained(arguments, task) : null;
        TimeSpan loading = Terminal.Elapsed;
        using SegmentationModel model = trained is null ? OpenModel(arguments.GetValue(_options.Model)!) : OpenTrained(arguments, trained);
        foreach (string warning in model.Warnings)
            Terminal.Warn(warning);

        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<InputCase> cases = Share(arguments, CaseFinder.Find(input, model.Architecture.InputChannels, Terminal.Warn));
        foreach (InputCase found in cases)
            output.RequireApart(found);
        List<InputCase> due = [.. cases.Where(input => !IsKept(arguments, output, input))];
        output.Create();
        preview?.Create();
        PredictRun run = new(Terminal, model, output, preview, times);
        int code = ExitCode.Success;
        if (due.Count > 0)
        {
            using Device device = _device.Open(arguments, Terminal);
            using Segmenter segmenter = new(model, device, ReadOptions(arguments));
            times.Loading = Terminal.Elapsed - loading;
            code = run.Segment(segmenter, due);
        }

        if (arguments.GetValue(_options.Probabilities) && output.IsFolder)
            ReferenceFiles.CopyForEnsembles(trained ?? arguments.GetValue(_options.Model)!, output);
        if (trained is not null && output.IsFolder)
            ReferenceFiles.Write(trained, output, Stopwatch.GetElapsedTime(start));
        run.Finish(cases.Count - due.Count);
        return code;
    }

    private static SegmentationModel OpenModel(string path)
    {
        if (File.Exists(Path.Combine(path, ModelManifest.FileName)))
            return SegmentationModel.Open(path);
        if (TrainingModel.Find(path) is { } training)
            return SegmentationModel.Of(training);
        throw new InvalidFileException(
            path,
            "",
            File.Exists(path) || Directory.Exists(path) ? $"no model folder (it has no {ModelManifest.FileName}) and no training" : $"the model folder, with {ModelManifest.FileName}, does not exist",
            "give a folder that stunet train or stunet convert wrote; checkpoints of nnU-Net are converted first");
    }

    private string FindTrained(ParseResult arguments, string task)
    {
        string configuration = arguments.GetRequiredValue(_options.Configuration);
        if (!Configurations.Contains(configuration))
            throw new InvalidRequestException($"-m {configuration}: only {string.Join(" and ", Configurations)} are supported; STU-Net is a 3-D network without cascade.");
        return new ResultsFolder(arguments.GetValue(_options.Results)).FindModel(
            task, configuration, arguments.GetValue(_options.Trainer), arguments.GetRequiredValue(_options.Plans));
    }

    private SegmentationModel OpenTrained(ParseResult arguments, string folder)
    {
        string[] folds = arguments.GetValue(_options.Folds) ?? [];
        return SegmentationModel.OpenNnunetV1(folder, folds.Length == 0 ? null : folds, arguments.GetRequiredValue(_options.Checkpoint));
    }

    private List<InputCase> Share(ParseResult arguments, IReadOnlyList<InputCase> cases)
    {
        int parts = arguments.GetRequiredValue(_options.Parts);
        int part = arguments.GetRequiredValue(_options.Part);
        return [.. cases.Where((_, index) => index % parts == part)];
    }

    // A label map named as such is always written; one in an output folder is kept, so that a call can be repeated after an interruption.
    private bool IsKept(ParseResult arguments, OutputPaths output, InputCase input)
    {
        string labels = output.LabelsOf(input.Name);
        bool isKept = output.IsFolder && !arguments.GetValue(_options.Overwrite) && ProbabilityFiles.AreThere(labels, arguments.GetValue(_options.Probabilities));
        if (isKept)
            Terminal.WriteLine($"{input.Name}: {labels} is there already; skipped");
        return isKept;
    }

    private SegmenterOptions ReadOptions(ParseResult arguments)
    {
        Precision precision = PrecisionOption.Read(arguments, _options.Precision);
        PlanOptions plan = _kernels.Read(arguments);
        PrecisionOption.RequireUnrounded(precision, plan.Exact);
        return new SegmenterOptions
        {
            Plan = plan,
            Probabilities = arguments.GetValue(_options.Probabilities),
            Mirroring = !arguments.GetValue(_options.DisableMirroring),
            Postprocessing = !arguments.GetValue(_options.DisablePostprocessing),
            HalfPrecisionSums = arguments.GetValue(_options.HalfPrecisionSums),
            Precision = precision,
            StepSize = arguments.GetRequiredValue(_options.StepSize),
            Mode = Enum.Parse<SegmentationMode>(arguments.GetRequiredValue(_options.Mode), ignoreCase: true),
            MemoryLimitBytes = arguments.GetValue(_options.MemoryLimit),
        };
    }
}
