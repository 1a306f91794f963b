using System.Diagnostics;

namespace STUNet.Inference;

/// <summary>Adds up the time of the steps of one case, lap by lap, so that nothing between two laps is lost. Used by one thread at a time.</summary>
internal sealed class StepClock
{
    private readonly TimeSpan?[] _times = new TimeSpan?[Enum.GetValues<SegmentationStep>().Length];
    private long _lapStart = Stopwatch.GetTimestamp();

    /// <summary>The steps that were done, in their order.</summary>
    public IReadOnlyList<StepTime> Times =>
        [.. Enum.GetValues<SegmentationStep>().Where(step => _times[(int)step] is not null).Select(step => new StepTime(step, _times[(int)step]!.Value))];

    /// <summary>Starts a lap: what went before was waiting, and counts for no step.</summary>
    public void Resume() => _lapStart = Stopwatch.GetTimestamp();

    /// <summary>Ends the lap and starts the next.</summary>
    /// <param name="step">The step that the lap was spent on.</param>
    public void Lap(SegmentationStep step)
    {
        long now = Stopwatch.GetTimestamp();
        _times[(int)step] = (_times[(int)step] ?? TimeSpan.Zero) + Stopwatch.GetElapsedTime(_lapStart, now);
        _lapStart = now;
    }
}
