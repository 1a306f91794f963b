using System.Text.Json.Nodes;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Kernels;
using STUNet.Model;
using STUNet.TestKit.Segmentation;

namespace STUNet.Benchmarks.Gpu;

/// <summary>
/// A whole volume by STU-Net-B of seeded weights at 1.5 mm in f16, without mirroring: where the time goes. The share outside the network has a bar, which tells how good this is, not whether it is right.
/// </summary>
internal static class SeededVolume
{
    private const double MostOutsideNetwork = 0.15;

    /// <summary>Segments once for the kernels to be loaded, then several times by the clock.</summary>
    /// <param name="options">What to run; in a quick run a tiny network, once by the clock.</param>
    /// <param name="device">The device.</param>
    /// <param name="volume">The volume.</param>
    /// <param name="output">A label map that may be written over.</param>
    /// <param name="results">Receives one line.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <returns>1 where it could not be done, or not twice with the same labels.</returns>
    public static int Run(PartOptions options, GpuDevice device, SampleVolume volume, string output, ResultFile results, CancellationToken cancellation)
    {
        string name = options.IsQuick ? "tiny" : nameof(StuNetSize.B);
        JsonObject line = new() { ["volume"] = volume.Name, ["model"] = name, ["device"] = device.Info.Id, ["arithmetic"] = "f16" };
        string? failure = null;
        try
        {
            using SegmentationModel model = SeededModel.Of(
                options.IsQuick ? options.TrainingNetwork : StuNetConfig.Of(StuNetSize.B, classes: options.Classes), options.Patch, "volume");
            using Segmenter segmenter = new(model, device, new SegmenterOptions { Mirroring = false, Precision = Precision.F16, Plan = new() { KernelFilter = options.KernelFilter } });
            VolumeRun first = VolumeRun.Of(segmenter, volume.ImagePath, output, cancellation);
            VolumeRun[] runs = [.. Enumerable.Range(0, options.IsQuick ? 1 : 3).Select(_ => VolumeRun.Of(segmenter, volume.ImagePath, output, cancellation))];
            runs.OrderBy(run => run.Total).ElementAt(runs.Length / 2).AddTo(line);
            line["runs"] = runs.Length;
            line["most_outside_network"] = MostOutsideNetwork;
            if (runs.Any(run => !run.Labels.As<byte>().SequenceEqual(first.Labels.As<byte>())))
                failure = "another run gave other labels";
        }
        catch (Exception reason) when (reason is not OperationCanceledException)
        {
            failure = reason.Message;
        }

        line["failure"] = failure;
        Console.WriteLine(VolumeTable.Row(line));
        foreach ((string step, JsonNode? seconds) in line["steps_s"]?.AsObject() ?? [])
            Console.WriteLine($"        {step,-14} {(double)seconds!,8:F3} s");
        results.Add(line);
        return failure is null ? 0 : 1;
    }
}
