using System.Diagnostics;
using System.Security.Cryptography;
using STUNet.Benchmarks.Engines;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>bounded-memory [--size ZxYxX] [--step s] [--limit MiB]</c>: segments a synthetic CT (512x512x600 at 0.8x0.8x1.0 mm by default) with a seeded
/// STU-Net-S of 105 classes, v1 semantics without mirroring, and prints the plan, the time per stage and the peak resident memory.
/// </summary>
internal sealed class BoundedMemoryCommand(CancellationToken cancellation)
{
    private static readonly Spacing CtSpacing = new(1.0, 0.8, 0.8);

    public int Run(string[] args)
    {
        CommandOptions given = new(args, "--size", "--step", "--limit");
        Int3 size = given.Size("--size", new Int3(600, 512, 512));
        int limit = given.Number("--limit", 0, 0);
        SegmenterOptions options = new() { Mirroring = false, StepSize = given.Fraction("--step", 1), MemoryLimitBytes = limit > 0 ? (long)limit << 20 : null };
        StuNetConfig config = StuNetConfig.Of(StuNetSize.S);
        using CpuDevice device = new();
        using SegmentationModel model = SeededModel.Of(config, new Int3(128, 128, 128), "bounded-memory");
        using Segmenter segmenter = new(model, device, options);
        Volume image = SyntheticCt.Create(size, CtSpacing);
        Console.WriteLine($"STU-Net-S, {config.Classes} classes, {device.Caps.Name}, {device.Workers.Count} threads; image {size} at {CtSpacing}, step {options.StepSize}");
        Console.WriteLine(segmenter.Plan(image.Geometry));
        SegmentationResult result = segmenter.Segment([image], new ProgressLine(), cancellation);
        foreach (StageTime time in result.Times)
            Console.WriteLine($"{time.Stage,-14} {time.Duration.TotalSeconds,8:F1} s");
        Console.WriteLine($"labels         SHA-256 {Convert.ToHexStringLower(SHA256.HashData(result.Labels.As<byte>()))[..16]}, largest {result.Labels.Largest()}");
        Console.WriteLine($"peak resident  {PeakMemory.Bytes / 1048576.0:F0} MiB (planned at most {segmenter.Plan(image.Geometry).PeakBytes / 1048576.0:F0} MiB)");
        return 0;
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
