using System.Diagnostics;

namespace STUNet.Benchmarks.Measuring;

/// <summary>Spends a limited time on keeping other programs out of a measurement: waits while they work, and has runs repeated that they disturbed.</summary>
/// <param name="budget">The time for all of a command.</param>
internal sealed class QuietMachine(TimeSpan budget)
{
    /// <summary>Processors that other programs may use on average before a figure counts as disturbed.</summary>
    public const double DisturbedCores = 0.1;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(0.5);
    private double _secondsLeft = budget.TotalSeconds;

    /// <summary>Waits until the machine is quiet or the time is spent.</summary>
    public void Wait(CancellationToken cancellation)
    {
        while (_secondsLeft > 0 && !cancellation.IsCancellationRequested && SystemLoad.BusySeconds is { } before)
        {
            long start = Stopwatch.GetTimestamp();
            cancellation.WaitHandle.WaitOne(Look);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if ((SystemLoad.BusySeconds - before) / seconds <= DisturbedCores)
                return;
            _secondsLeft -= seconds;
        }
    }

    /// <summary>Whether a run was disturbed and is to be repeated.</summary>
    /// <param name="others">Processors other programs used meanwhile; null where the system does not tell.</param>
    /// <param name="wall">Its duration in seconds.</param>
    public bool Rejects(double? others, double wall)
    {
        if (others is null or <= DisturbedCores || _secondsLeft <= 0)
            return false;
        _secondsLeft -= wall;
        return true;
    }
}
