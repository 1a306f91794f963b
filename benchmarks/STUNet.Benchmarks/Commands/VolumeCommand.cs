using System.Diagnostics;
using STUNet.Benchmarks.Engines;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>volume [--size S|B|L|H] [--image FILE] [--volume ZxYxX] [--step s] [--runs N] [--threads N] [--patch ZxYxX] [--classes K] [--json FILE]</c>: a whole
/// case from file to file with seeded weights at 1.5 mm, without mirroring: a real CT where one lies in shared/data, else a synthetic one of the same
/// size, or of <c>--volume</c>. Prints where the time goes: what is not the network is what a user waits for nothing.
/// </summary>
internal sealed class VolumeCommand(CancellationToken cancellation)
{
    private const string Network = "network";
    private const string SharedImage = "data/totalsegmentator-tests/example_ct.nii.gz";
    private static readonly Int3 SharedSize = new(112, 101, 122); // (z, y, x) of that image, 3 mm
    private static readonly Spacing SharedSpacing = new(3, 3, 3);

    public int Run(string[] args)
    {
        CommandOptions options = new(args, "--size", "--image", "--volume", "--step", "--runs", "--threads", "--patch", "--classes", "--json");
        StuNetSize size = Enum.Parse<StuNetSize>(options.Choices("--size", Enum.GetNames<StuNetSize>(), ["B"])[0]);
        StuNetConfig config = StuNetConfig.Of(size, classes: options.Number("--classes", 105, 1));
        Int3 patch = options.Size("--patch", new Int3(128, 128, 128));
        using TemporaryFolder folder = new();
        string image = options.Text("--image") ?? ImageFile(options, folder);
        using CpuDevice device = new(options.Number("--threads", 0, 0));
        using SegmentationModel model = SeededModel.Of(config, patch, "volume");
        using Segmenter segmenter = new(model, device, new SegmenterOptions { Mirroring = false, StepSize = options.Fraction("--step", 0.5) });
        List<Dictionary<string, double>> runs = [];
        for (int run = 0; run < options.Number("--runs", 1, 1); run++)
            runs.Add(Segment(segmenter, image, folder["labels.nii.gz"]));
        Dictionary<string, double> median = runs.OrderBy(stages => stages.Values.Sum()).ElementAt(runs.Count / 2);
        double total = median.Values.Sum();
        Volume shape = VolumeFile.Read(image);
        Console.WriteLine(
            $"STU-Net-{size}, {config.Classes} classes, {device.Caps.Name}, {device.Workers.Count} threads, {Path.GetFileName(image)} of {shape.Size} at "
            + $"{shape.Geometry.Spacing}, step {segmenter.Options.StepSize}, no mirroring, {Machine.Cpu}, commit {Machine.Commit}");
        foreach ((string stage, double seconds) in median)
            Console.WriteLine($"{stage,-14} {TextColumns.Number(seconds, 2),8} s  {TextColumns.Percent(seconds, total),3} %");
        Console.WriteLine($"{"total",-14} {TextColumns.Number(total, 2),8} s  outside the network {TextColumns.Number(100 * (1 - (median[Network] / total)), 1)} %");
        Console.WriteLine($"{"peak resident",-14} {TextColumns.Mebibytes(PeakMemory.Bytes),8} MiB");
        if (options.Text("--json") is { } path)
            BenchLine.Write(path, [Line(size, config, patch, device, runs, median, Path.GetFileName(image))]);
        return 0;
    }

    private Dictionary<string, double> Segment(Segmenter segmenter, string image, string output)
    {
        long start = Stopwatch.GetTimestamp();
        Volume volume = VolumeFile.Read(image);
        TimeSpan reading = Stopwatch.GetElapsedTime(start);
        SegmentationResult result = segmenter.Segment([volume], cancellation: cancellation);
        long end = Stopwatch.GetTimestamp();
        VolumeFile.Write(output, result.Labels);
        Dictionary<string, double> times = new() { [nameof(SegmentationStep.Reading)] = reading.TotalSeconds };
        foreach (StepTime step in result.Steps.Where(step => step.Duration > TimeSpan.Zero))
            times[step.Step == SegmentationStep.Windows ? Network : step.Step.ToString()] = step.Duration.TotalSeconds;
        times[nameof(SegmentationStep.Writing)] = Stopwatch.GetElapsedTime(end).TotalSeconds;
        // What no step counts, such as giving memory back: the stages add up to the wall time.
        times["other"] = Math.Max(0, Stopwatch.GetElapsedTime(start).TotalSeconds - times.Values.Sum());
        return times.ToDictionary(time => time.Key.ToLowerInvariant(), time => time.Value);
    }

    private static string ImageFile(CommandOptions options, TemporaryFolder folder)
    {
        if (!options.Has("--volume") && RepositoryRoot.Shared is { } shared && File.Exists(Path.Combine(shared, SharedImage)))
            return Path.Combine(shared, SharedImage);
        string path = folder["synthetic.nii.gz"];
        VolumeFile.Write(path, SyntheticCt.Create(options.Size("--volume", SharedSize), SharedSpacing));
        return path;
    }

    private static BenchLine Line(
        StuNetSize size, StuNetConfig config, Int3 patch, CpuDevice device, List<Dictionary<string, double>> runs, Dictionary<string, double> median, string image) => new()
        {
            Bench = "volume",
            Size = size.ToString(),
            Engine = EngineSpec.Ours,
            Version = $"STUNet.Native, {device.Caps.Name}",
            Threads = device.Workers.Count,
            Patch = [patch.D, patch.H, patch.W],
            Classes = config.Classes,
            Runs = runs.Count,
            MedianS = median.Values.Sum(),
            MinS = runs.Min(stages => stages.Values.Sum()),
            PeakRssBytes = PeakMemory.Bytes,
            StagesS = median,
            Image = image,
        };
}
