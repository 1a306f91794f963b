using System.Text.Json.Nodes;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Kernels;
using STUNet.TestKit.Segmentation;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The demo model on a volume: in float32 on the CPU, then in every kind of numbers on the device, twice each.</summary>
/// <param name="options">What to run.</param>
/// <param name="modelFolder">The demo model.</param>
/// <param name="device">The device.</param>
/// <param name="cpu">The processor.</param>
/// <param name="output">A label map that may be written over.</param>
internal sealed class DemoComparison(PartOptions options, string modelFolder, GpuDevice device, CpuDevice cpu, string output)
{
    // F32 first, beside the CPU: the others are compared with it. There is no bar for the 8 bits of bfloat16.
    private static readonly (string Name, Precision Precision, bool HasBars)[] Kinds = [("f32", Precision.F32, true), ("f16", Precision.F16, true), ("tf32", Precision.TF32, true), ("bf16", Precision.BF16, false)];

    /// <summary>Segments and compares.</summary>
    /// <param name="volume">The volume. Where its labels are not known, the Dice is that of one label map beside the other.</param>
    /// <param name="results">Receives a line for each kind of numbers.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <returns>How many kinds failed.</returns>
    public int Run(SampleVolume volume, ResultFile results, CancellationToken cancellation)
    {
        LabelVolume? truth = volume.Truth();
        (VolumeRun processor, _) = Segment(volume, cpu, Precision.F32, cancellation);
        Add(results, Line(volume, "cpu", "f32", processor));
        (LabelVolume labels, string name) beside = (processor.Labels, "f32 cpu");
        int failed = 0;
        foreach ((string name, Precision precision, bool hasBars) in Kinds.Where(kind => !options.IsQuick || kind.Precision is Precision.F32 or Precision.F16))
        {
            cancellation.ThrowIfCancellationRequested();
            JsonObject line;
            string? failure;
            try
            {
                (VolumeRun run, bool isRepeated) = Segment(volume, device, precision, cancellation);
                LabelComparison comparison = LabelComparison.Of(beside.labels, run.Labels, truth ?? beside.labels);
                line = Line(volume, device.Info.Id, name, run);
                line["beside"] = beside.name;
                line["agreement"] = comparison.Agreement;
                line["different_voxels"] = comparison.Different;
                line["voxels"] = comparison.Voxels;
                line["dice_apart"] = comparison.DiceApart;
                line["has_bars"] = hasBars;
                failure = !isRepeated ? "the second run gave other labels" : hasBars ? comparison.Failure : null;
                if (precision == Precision.F32)
                    beside = (run.Labels, "f32");
            }
            catch (Exception reason) when (reason is not OperationCanceledException)
            {
                line = new JsonObject { ["volume"] = volume.Name, ["model"] = "demo", ["device"] = device.Info.Id, ["arithmetic"] = name };
                failure = reason.Message;
            }

            line["failure"] = failure;
            failed += failure is null ? 0 : 1;
            Add(results, line);
        }

        return failed;
    }

    // The first run on a device compiles and loads kernels; the second is timed.
    private (VolumeRun Run, bool IsRepeated) Segment(SampleVolume volume, Device on, Precision precision, CancellationToken cancellation)
    {
        using SegmentationModel model = SegmentationModel.Open(modelFolder);
        SegmenterOptions settings = new() { Precision = precision, Plan = new() { KernelFilter = options.KernelFilter } };
        // A processor that stands in for a GPU takes one window.
        settings = options.IsQuick ? settings with { Mirroring = false, StepSize = 1 } : settings;
        using Segmenter segmenter = new(model, on, settings);
        VolumeRun first = VolumeRun.Of(segmenter, volume.ImagePath, output, cancellation);
        VolumeRun second = VolumeRun.Of(segmenter, volume.ImagePath, output, cancellation);
        return (second, first.Labels.As<byte>().SequenceEqual(second.Labels.As<byte>()));
    }

    private static JsonObject Line(SampleVolume volume, string on, string numbers, VolumeRun run) =>
        run.AddTo(new JsonObject { ["volume"] = volume.Name, ["model"] = "demo", ["device"] = on, ["arithmetic"] = numbers });

    private static void Add(ResultFile results, JsonObject line)
    {
        Console.WriteLine(VolumeTable.Row(line));
        results.Add(line);
    }
}
