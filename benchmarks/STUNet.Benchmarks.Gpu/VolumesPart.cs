using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.Kernels;
using STUNet.TestKit;
using STUNet.TestKit.Segmentation;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Whole volumes from file to file: the demo model on its phantom and on a real CT, where labels are compared, and STU-Net-B on the real CT, where time is.</summary>
internal sealed class VolumesPart : IPart
{
    // In a quick run this part of the phantom stands for the real CT: two windows of a tiny patch.
    private static readonly CropBox TwoWindows = new(new Int3(30, 50, 80), new Int3(8, 8, 20));

    public string Name => "volumes";

    public string Proves => "labels of whole volumes: the device's as the CPU's, f16 as f32; share of the time outside the network";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        if (SampleVolumes.DemoModel is not { } model || SampleVolumes.Phantom is not { } phantom)
        {
            Console.WriteLine("skipped: the demo model or its phantom is absent. STUNET_VOLUMES names their folder; publish.sh packs them.");
            return IPart.Skipped;
        }

        using TemporaryFolder folder = new();
        using GpuDevice device = options.IsQuick ? options.Open() : options.OpenTuned();
        using CpuDevice cpu = new();
        DemoComparison demo = new(options, model, device, cpu, folder["labels.nii.gz"]);
        SampleVolume part = options.IsQuick ? phantom.Cut(SampleVolumes.OnePatch, folder.Path) : phantom;
        int failed = demo.Run(part, results, cancellation);
        SampleVolume? whole = options.IsQuick ? phantom.Cut(TwoWindows, folder.Path) : SampleVolumes.RealCt;
        if (whole is null)
        {
            const string Absent = "there is no real CT here; publish.sh packs it where shared/data lies beside the repository";
            Console.WriteLine($"{Absent}: the demo model is compared on the phantom alone, and STU-Net-B is not measured");
            results.Add(new JsonObject { ["volume"] = "real CT", ["absent"] = Absent });
            return Code(failed);
        }

        if (!options.IsQuick)
            failed += demo.Run(whole, results, cancellation);
        return Code(failed + SeededVolume.Run(options, device, whole, folder["labels.nii.gz"], results, cancellation));
    }

    private static int Code(int failed)
    {
        Console.WriteLine(failed == 0 ? "every volume is within its bars" : $"{failed} FAILED");
        return failed == 0 ? 0 : 1;
    }
}
