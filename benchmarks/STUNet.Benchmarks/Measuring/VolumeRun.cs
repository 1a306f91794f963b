using System.Diagnostics;
using System.Text.Json.Nodes;
using STUNet.Imaging;
using STUNet.Inference;

namespace STUNet.Benchmarks.Measuring;

/// <summary>One case from file to file, and where its time went.</summary>
/// <param name="Labels">What was written.</param>
/// <param name="Seconds">The wall time by step; the windows are called <c>network</c>, and what no step counts, such as giving memory back, <c>other</c>.</param>
internal sealed record VolumeRun(LabelVolume Labels, Dictionary<string, double> Seconds)
{
    private const string Network = "network";

    /// <summary>The wall time.</summary>
    public double Total => Seconds.Values.Sum();

    /// <summary>Share of the wall time that is not the networks' windows.</summary>
    public double OutsideNetwork => 1 - (Seconds[Network] / Total);

    /// <summary>Adds the figures to a result line.</summary>
    /// <param name="line">The line.</param>
    public JsonObject AddTo(JsonObject line)
    {
        line["seconds"] = Total;
        line["outside_network"] = OutsideNetwork;
        line["steps_s"] = new JsonObject(Seconds.Select(step => KeyValuePair.Create(step.Key, (JsonNode?)step.Value)));
        return line;
    }

    /// <summary>Reads, segments and writes.</summary>
    /// <param name="segmenter">What segments, of one channel.</param>
    /// <param name="image">The image file.</param>
    /// <param name="output">The label map; replaced if it exists.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    public static VolumeRun Of(Segmenter segmenter, string image, string output, CancellationToken cancellation)
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
        times["other"] = Math.Max(0, Stopwatch.GetElapsedTime(start).TotalSeconds - times.Values.Sum());
        return new VolumeRun(result.Labels, times.ToDictionary(time => time.Key.ToLowerInvariant(), time => time.Value));
    }
}
