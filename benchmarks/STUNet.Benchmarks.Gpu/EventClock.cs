using STUNet.Core;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Times of enqueued work by the device's own events. All runs are enqueued before the first time is read, so that the device never waits for the host.</summary>
internal static class EventClock
{
    private const int MostRuns = 50;

    /// <summary>Warms up with one run, sees how long the next takes, and times as many as the budget has room for: at least one, at most 50.</summary>
    /// <param name="device">The device.</param>
    /// <param name="enqueue">One run; need not wait.</param>
    /// <param name="budget">Time for all timed runs.</param>
    /// <param name="cancellation">Stops before the timed runs.</param>
    public static RunTimes Measure(Device device, Action enqueue, TimeSpan budget, CancellationToken cancellation)
    {
        enqueue();
        device.Synchronize();
        RunTimes once = Time(device, enqueue, 1);
        cancellation.ThrowIfCancellationRequested();
        int runs = (int)Math.Clamp(budget.TotalMilliseconds / Math.Max(once.Median, 1e-3), 1, MostRuns);
        return runs == 1 ? once : Time(device, enqueue, runs);
    }

    private static RunTimes Time(Device device, Action enqueue, int runs)
    {
        using StepTimer timer = device.CreateStepTimer(runs);
        for (int run = 0; run < runs; run++)
        {
            timer.Start(run);
            enqueue();
            timer.Stop(run);
        }

        double[] milliseconds = new double[runs];
        timer.Read(milliseconds);
        return new RunTimes(milliseconds, timer.Clock);
    }
}
