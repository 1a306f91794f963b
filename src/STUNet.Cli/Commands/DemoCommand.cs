using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary><c>stunet demo</c>: segments the phantom that comes with the program, and says how well.</summary>
internal sealed class DemoCommand : StuNetCommand
{
    private const string Text = """
        Segments a synthetic torso with a small STU-Net, both of which come with the program, and compares with the truth.

        Prints Dice and volume of every structure, the time of each stage and the peak memory; writes phantom_01.nii.gz and phantom_01.png.

        Example:
          stunet demo --output somewhere
        """;

    // The model reaches 0.93 on this phantom: less than this is a fault, not rounding.
    private const double LeastMeanDice = 0.9;

    private readonly Option<string> _output = new("--output", "-o") { HelpName = "DIR", Description = "Folder for label map and picture.", DefaultValueFactory = _ => "stunet-demo" };
    private readonly DeviceOptions _device = new();

    public DemoCommand(CommandConsole console)
        : base(console, "demo", Text)
    {
        Options.Add(_output);
        _device.AddTo(this);
    }

    protected override int Execute(ParseResult arguments)
    {
        long start = Stopwatch.GetTimestamp();
        string folder = arguments.GetRequiredValue(_output);
        using SegmentationModel model = SegmentationModel.Open(DemoFiles.Model);
        LabelVolume truth = VolumeFile.ReadLabels(DemoFiles.Truth);
        using Device device = _device.Open(arguments, Terminal);
        using Segmenter segmenter = new(model, device, new SegmenterOptions { Mirroring = false });
        string millions = (StuNetParameters.Count(model.Architecture) / 1e6).ToString("F1", CultureInfo.InvariantCulture);
        Terminal.WriteLine($"Segmenting {DemoFiles.CaseName}, a synthetic torso, with a STU-Net of {millions} M parameters and {model.Architecture.Classes} classes on {device.Caps.Name}");

        Directory.CreateDirectory(folder);
        string labelsPath = Path.Combine(folder, DemoFiles.CaseName + ".nii.gz");
        string picturePath = Path.Combine(folder, DemoFiles.CaseName + ".png");
        IReadOnlyList<Volume> channels = [];
        SegmentationCase work = new(
            DemoFiles.CaseName,
            () => channels = CaseReader.Read(new InputCase(DemoFiles.CaseName, [DemoFiles.Image])),
            result => VolumeFile.Write(labelsPath, result.Labels));
        CaseResult done = segmenter.SegmentAsync([work], new SegmentationProgressLine(Terminal), Terminal.Cancellation)
            .ToBlockingEnumerable(Terminal.Cancellation)
            .Single();
        if (done.Error is { } failure)
            return Terminal.Report(failure);
        Terminal.Detail($"planned memory{Environment.NewLine}{done.Result!.Memory}");
        PreviewImage.Write(
            picturePath, "stunet demo: synthetic torso (nothing of a patient), segmented by a small STU-Net", channels[0], done.Result!.Labels, StructureVolume.Of(done.Result.Labels, model.Labels));
        return Show(model, truth, done.Result, [labelsPath, picturePath], Stopwatch.GetElapsedTime(start));
    }

    private int Show(SegmentationModel model, LabelVolume truth, SegmentationResult result, string[] files, TimeSpan time)
    {
        IReadOnlyDictionary<uint, double> dice = DiceScores.Of(truth, result.Labels);
        double mean = dice.Values.Average();
        Dictionary<uint, StructureVolume> found = StructureVolume.Of(result.Labels, model.Labels).ToDictionary(structure => structure.Label);
        Dictionary<uint, StructureVolume> real = StructureVolume.Of(truth, model.Labels).ToDictionary(structure => structure.Label);
        TextTable table = new("structure", "Dice", "volume ml", "true ml");
        JsonArray structures = [];
        foreach ((uint label, double score) in dice.OrderBy(pair => pair.Key))
        {
            string name = StructureVolume.NameOf((int)label, model.Labels);
            double foundMl = found.GetValueOrDefault(label)?.Millilitres ?? 0;
            double trueMl = real.GetValueOrDefault(label)?.Millilitres ?? 0;
            table.Add(name, Number(score, 4), Number(foundMl, 1), Number(trueMl, 1));
            structures.Add(new JsonObject { ["label"] = label, ["name"] = name, ["dice"] = score, ["millilitres"] = foundMl, ["trueMillilitres"] = trueMl });
        }

        Terminal.WriteLine(table.ToString());
        Terminal.WriteLine();
        Terminal.WriteLine($"Mean Dice: {Number(mean, 3)}");
        foreach (StageTime stage in result.Times)
            Terminal.WriteLine($"{stage.Stage.ToString().ToLowerInvariant(),-14} {ProgressLine.Duration(stage.Duration)}");
        Terminal.WriteLine($"{"in all",-14} {ProgressLine.Duration(time)}, peak memory {ByteSize.Describe(PeakMemory.Bytes)}");
        foreach (string file in files)
            Terminal.WriteLine($"written: {file}");
        Terminal.WriteJson(() => new JsonObject
        {
            ["meanDice"] = mean,
            ["structures"] = structures,
            ["seconds"] = time.TotalSeconds,
            ["peakMemoryBytes"] = PeakMemory.Bytes,
            ["files"] = new JsonArray([.. files.Select(file => (JsonNode)file)]),
        });
        if (mean >= LeastMeanDice)
            return ExitCode.Success;
        Terminal.Fail($"the mean Dice {Number(mean, 3)} is below {Number(LeastMeanDice, 2)}: this build or device does not compute correctly.");
        return ExitCode.Failed;
    }

    private static string Number(double value, int digits) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);
}
