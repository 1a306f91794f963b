using System.Diagnostics;
using STUNet.Core;
using STUNet.Engine;

namespace STUNet.Cli;

/// <summary>A plan with everything it reads, ready to be timed.</summary>
internal abstract class PlanBenchmark : IDisposable
{
    private const int InputSeed = 20240607;

    /// <summary>What the plan does.</summary>
    public abstract PlanReport Report { get; }

    /// <summary>What measures the steps.</summary>
    public abstract string Clock { get; }

    /// <summary>Runs once to warm up, then the timed runs.</summary>
    /// <param name="runs">Timed runs.</param>
    /// <param name="progress">Told the number of runs done.</param>
    /// <param name="cancellation">Stops between two runs.</param>
    public PlanTimes Run(int runs, IProgress<int> progress, CancellationToken cancellation)
    {
        int steps = Report.Steps.Count;
        double[][] times = [.. Enumerable.Range(0, steps).Select(_ => new double[runs])];
        double[] totals = new double[runs];
        for (int run = -1; run < runs; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            IReadOnlyList<StepProfile> profile = RunOnce();
            double total = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (run >= 0)
            {
                totals[run] = total;
                for (int step = 0; step < steps; step++)
                    times[step][run] = profile[step].Milliseconds;
            }

            progress.Report(run + 2);
        }

        return new PlanTimes([.. times.Select(OrderStatistics.Median)], OrderStatistics.Median(totals));
    }

    /// <summary>Releases what the plan needs.</summary>
    public abstract void Dispose();

    /// <summary>What images and labels are drawn from.</summary>
    protected static Random CreateRandom() => new(InputSeed);

    /// <summary>An image of normal-sized values: zeros and denormals would time another computation.</summary>
    /// <param name="random">What it is drawn from.</param>
    /// <param name="count">Its elements.</param>
    protected static float[] DrawImage(Random random, long count) => [.. Enumerable.Range(0, checked((int)count)).Select(_ => 2 * random.NextSingle() - 1)];

    /// <summary>Runs the plan to its end.</summary>
    /// <returns>The time of every step.</returns>
    protected abstract IReadOnlyList<StepProfile> RunOnce();
}
