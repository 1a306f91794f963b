using System.Globalization;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>volume FILE [--spacing mm] [--classes n] [--step s] [--repeat n]</c>: every step of a segmentation but the network, in whose place each window
/// adds fixed probabilities. Prints the first, the least and the median time of each step. Defaults: 1.5 mm, 105 classes, step 0.5, 5 times.
/// </summary>
internal static class VolumeCommand
{
    public static int Run(string[] args)
    {
        if (args.Length == 0)
            throw new ArgumentException("give the image to segment");
        (double spacing, int classes, int repeat) = (1.5, 105, 5);
        SegmenterOptions options = new() { Mirroring = false };
        for (int i = 1; i < args.Length; i += 2)
        {
            double value = double.Parse(args[i + 1], CultureInfo.InvariantCulture);
            if (args[i] == "--spacing")
                spacing = value;
            else if (args[i] == "--classes")
                classes = (int)value;
            else if (args[i] == "--step")
                options = options with { StepSize = value };
            else if (args[i] == "--repeat")
                repeat = (int)value;
            else
                throw new ArgumentException($"unknown option {args[i]}");
        }

        ModelManifest manifest = Manifest(spacing, classes);
        using CpuDevice device = new();
        using Segmenter segmenter = new(manifest, device, options, [new FixedPredictor(manifest, device.Workers)]);
        string written = Path.Combine(Path.GetTempPath(), $"stunet-volume-{Environment.ProcessId}.nii.gz");
        List<IReadOnlyList<StepTime>> runs = [];
        try
        {
            for (int i = 0; i < repeat; i++)
            {
                SegmentationCase work = new("", () => [VolumeFile.Read(args[0])], result => VolumeFile.Write(written, result.Labels));
                CaseResult done = segmenter.SegmentAsync([work]).ToBlockingEnumerable().Single();
                runs.Add(done.Result?.Steps ?? throw done.Error!);
            }
        }
        finally
        {
            File.Delete(written);
        }

        Console.WriteLine($"{args[0]} at {spacing} mm, {classes} classes, {device.Caps.Name}, {device.Workers.Count} threads, {repeat} times");
        Console.WriteLine($"{"step",-14} {"first ms",9} {"min ms",9} {"median ms",9}");
        foreach (SegmentationStep step in runs[0].Select(time => time.Step))
            Show(step.ToString().ToLowerInvariant(), [.. runs.Select(run => run.Single(time => time.Step == step).Duration)]);
        Show("all but windows", [.. runs.Select(run => run.Where(time => time.Step != SegmentationStep.Windows).Aggregate(TimeSpan.Zero, (sum, time) => sum + time.Duration))]);
        return 0;
    }

    private static void Show(string name, TimeSpan[] times)
    {
        TimeSpan[] sorted = [.. times.Order()];
        Console.WriteLine($"{name,-14} {times[0].TotalMilliseconds,9:F1} {sorted[0].TotalMilliseconds,9:F1} {sorted[sorted.Length / 2].TotalMilliseconds,9:F1}");
    }

    private static ModelManifest Manifest(double spacing, int classes) => new()
    {
        Architecture = StuNetConfig.Of(StuNetSize.B, classes: classes),
        PatchSize = new Int3(128, 128, 128),
        SpacingMm = [spacing, spacing, spacing],
        TransposeForward = [0, 1, 2],
        TransposeBackward = [0, 1, 2],
        Channels = [new ChannelNormalization("CT", "nonCT", false, null)],
        Nnunet = NnunetVersion.V1,
        MirrorAxes = [0, 1, 2],
        ElementType = ElementType.F32,
        Folds = [new FoldFile("0", "fold_0.safetensors")],
    };

    /// <summary>Adds probabilities that depend on nothing but the voxel's row and the class; the same traffic as a network's head.</summary>
    private sealed unsafe class FixedPredictor(ModelManifest manifest, WorkerPool workers) : WindowPredictor
    {
        private readonly int _classes = manifest.Architecture.Classes;
        private readonly Int3 _patch = manifest.PatchSize;
        private float[] _importance = [];

        public override void SetImportance(ReadOnlySpan<float> importance) => _importance = importance.ToArray();

        public override void Accumulate(in RunArguments arguments)
        {
            (VolumeBinding ring, Int3 origin) = (arguments.Accumulator, arguments.WindowOrigin);
            workers.Run(_patch.D * _patch.H, row =>
            {
                (int z, int y) = ((origin.D + (row / _patch.H)) % ring.Size.D, origin.H + (row % _patch.H));
                float* sums = ring.Floats + ((((((long)z * ring.Size.H) + y) * ring.Size.W) + origin.W) * ring.Channels);
                for (int x = 0; x < _patch.W; x++, sums += ring.Channels)
                {
                    float weight = _importance[(row * _patch.W) + x];
                    for (int k = 0; k < _classes; k++)
                        sums[k] += weight * (((y + k) & 7) + 1);
                    sums[_classes] += weight;
                }
            });
        }

        public override void Dispose()
        {
        }
    }
}
