using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>bounded-memory [--size z y x] [--step s] [--limit MiB]</c>: segments a synthetic CT (512x512x600 at 0.8x0.8x1.0 mm by default) with a seeded
/// STU-Net-S of 105 classes, v1 semantics without mirroring, and prints the plan, the time per stage and the peak resident memory.
/// </summary>
internal static class BoundedMemoryCommand
{
    private const string Salt = "bounded-memory";
    private static readonly Spacing CtSpacing = new(1.0, 0.8, 0.8);

    public static int Run(string[] args)
    {
        Int3 size = new(600, 512, 512);
        SegmenterOptions options = new() { Mirroring = false, StepSize = 1 };
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--size")
                size = new Int3(Number(args[++i]), Number(args[++i]), Number(args[++i]));
            else if (args[i] == "--step")
                options = options with { StepSize = double.Parse(args[++i], CultureInfo.InvariantCulture) };
            else if (args[i] == "--limit")
                options = options with { MemoryLimitBytes = (long)Number(args[++i]) << 20 };
            else
                throw new ArgumentException($"unknown option {args[i]}");
        }

        StuNetConfig config = StuNetConfig.Of(StuNetSize.S);
        using CpuDevice device = new();
        using SegmentationModel model = new(Manifest(config), [new SeededParameters(config, Salt)]);
        using Segmenter segmenter = new(model, device, options);
        Volume image = SyntheticCt(size);
        Console.WriteLine($"STU-Net-S, {config.Classes} classes, {device.Caps.Name}, {device.Workers.Count} threads; image {size} at {CtSpacing}, step {options.StepSize}");
        Console.WriteLine(segmenter.Plan(image.Geometry));
        SegmentationResult result = segmenter.Segment([image], new ProgressLine());
        foreach (StageTime time in result.Times)
            Console.WriteLine($"{time.Stage,-14} {time.Duration.TotalSeconds,8:F1} s");
        Console.WriteLine($"labels         SHA-256 {Convert.ToHexStringLower(SHA256.HashData(result.Labels.As<byte>()))[..16]}, largest {result.Labels.Largest()}");
        Console.WriteLine($"peak resident  {PeakResidentBytes() / 1048576.0:F0} MiB (planned at most {segmenter.Plan(image.Geometry).PeakBytes / 1048576.0:F0} MiB)");
        return 0;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static ModelManifest Manifest(StuNetConfig config) => new()
    {
        Architecture = config,
        PatchSize = new Int3(128, 128, 128),
        SpacingMm = [1.5, 1.5, 1.5],
        TransposeForward = [0, 1, 2],
        TransposeBackward = [0, 1, 2],
        Channels = [new ChannelNormalization("CT", "nonCT", false, null)],
        Nnunet = NnunetVersion.V1,
        MirrorAxes = [0, 1, 2],
        ElementType = ElementType.F32,
        Folds = [new FoldFile("0", "fold_0.safetensors")],
    };

    /// <summary>An elliptic body of soft tissue with a spine and two lungs, in air, with noise: HU.</summary>
    private static Volume SyntheticCt(Int3 size)
    {
        Volume volume = new(new VolumeGeometry(size, CtSpacing));
        Random random = new(1);
        for (int z = 0; z < size.D; z++)
        {
            Span<float> slice = volume.Slice(z);
            for (int i = 0; i < slice.Length; i++)
            {
                double y = ((double)(i / size.W) / size.H * 2) - 1;
                double x = ((double)(i % size.W) / size.W * 2) - 1;
                double tissue = Inside(x, y, 0, 0, 0.85, 0.6) ? Inside(x, y, 0, 0.4, 0.1, 0.1) ? 400 : Inside(Math.Abs(x), y, 0.4, 0, 0.25, 0.35) && z < size.D / 2 ? -850 : 40 : -1000;
                slice[i] = (float)Math.Round(tissue + (30 * (random.NextDouble() - 0.5)));
            }
        }

        return volume;
    }

    private static bool Inside(double x, double y, double centreX, double centreY, double radiusX, double radiusY) =>
        Math.Pow((x - centreX) / radiusX, 2) + Math.Pow((y - centreY) / radiusY, 2) < 1;

    /// <summary>VmHWM on Linux: the most memory that was ever resident.</summary>
    private static long PeakResidentBytes()
    {
        const string Field = "VmHWM:";
        const string Status = "/proc/self/status";
        if (!File.Exists(Status))
            return Process.GetCurrentProcess().PeakWorkingSet64;
        string line = File.ReadLines(Status).First(entry => entry.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10;
    }

    private sealed class ProgressLine : IProgress<SegmentationProgress>
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();

        public void Report(SegmentationProgress value)
        {
            if (value.Stage == SegmentationStage.Network)
                Console.WriteLine($"network {value.Done}/{value.Total}, {_watch.Elapsed.TotalSeconds:F0} s");
        }
    }
}
