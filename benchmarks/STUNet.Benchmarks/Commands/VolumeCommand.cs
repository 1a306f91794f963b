using STUNet.Benchmarks.Engines;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Segmentation;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>volume [--size S|B|L|H] [--image FILE] [--volume ZxYxX] [--step s] [--runs N] [--threads N] [--patch ZxYxX] [--classes K] [--json FILE]</c>: a whole
/// case from file to file with seeded weights at 1.5 mm, without mirroring: a real CT where one lies in shared/data, else a synthetic one of the same
/// size, or of <c>--volume</c>. Prints where the time goes: what is not the network is what a user waits for nothing.
/// </summary>
internal sealed class VolumeCommand(CancellationToken cancellation)
{
    private static readonly Int3 RealSize = new(112, 101, 122); // (z, y, x) of the real CT, 3 mm
    private static readonly Spacing RealSpacing = new(3, 3, 3);

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
        List<VolumeRun> runs = [];
        for (int run = 0; run < options.Number("--runs", 1, 1); run++)
            runs.Add(VolumeRun.Of(segmenter, image, folder["labels.nii.gz"], cancellation));
        VolumeRun median = runs.OrderBy(run => run.Total).ElementAt(runs.Count / 2);
        Volume shape = VolumeFile.Read(image);
        Console.WriteLine(
            $"STU-Net-{size}, {config.Classes} classes, {device.Caps.Name}, {device.Workers.Count} threads, {Path.GetFileName(image)} of {shape.Size} at "
            + $"{shape.Geometry.Spacing}, step {segmenter.Options.StepSize}, no mirroring, {Machine.Cpu}, commit {Machine.Commit}");
        foreach ((string stage, double seconds) in median.Seconds)
            Console.WriteLine($"{stage,-14} {TextColumns.Number(seconds, 2),8} s  {TextColumns.Percent(seconds, median.Total),3} %");
        Console.WriteLine($"{"total",-14} {TextColumns.Number(median.Total, 2),8} s  outside the network {TextColumns.Number(100 * median.OutsideNetwork, 1)} %");
        Console.WriteLine($"{"peak resident",-14} {TextColumns.Mebibytes(PeakMemory.Bytes),8} MiB");
        if (options.Text("--json") is { } path)
            BenchLine.Write(path, [Line(size, config, patch, device, runs, median, Path.GetFileName(image))]);
        return 0;
    }

    private static string ImageFile(CommandOptions options, TemporaryFolder folder)
    {
        if (!options.Has("--volume") && SampleVolumes.RealCt is { } real)
            return real.ImagePath;
        string path = folder["synthetic.nii.gz"];
        VolumeFile.Write(path, SyntheticCt.Create(options.Size("--volume", RealSize), RealSpacing));
        return path;
    }

    private static BenchLine Line(
        StuNetSize size, StuNetConfig config, Int3 patch, CpuDevice device, List<VolumeRun> runs, VolumeRun median, string image) => new()
        {
            Bench = "volume",
            Size = size.ToString(),
            Engine = EngineSpec.Ours,
            Version = $"STUNet.Native, {device.Caps.Name}",
            Threads = device.Workers.Count,
            Patch = [patch.D, patch.H, patch.W],
            Classes = config.Classes,
            Runs = runs.Count,
            MedianS = median.Total,
            MinS = runs.Min(run => run.Total),
            PeakRssBytes = PeakMemory.Bytes,
            StagesS = median.Seconds,
            Image = image,
        };
}
