using System.Diagnostics;
using System.Globalization;
using STUNet.Benchmarks.Engines;

namespace STUNet.Benchmarks.Measuring;

/// <summary>
/// Runs engines in turn: ours, a peer, another peer, ours, ... so that whatever changes on the machine meets all of them. While one runs, the processes
/// of the others sleep; how well they do is measured.
/// </summary>
/// <param name="runs">Rounds, after one to warm up.</param>
/// <param name="leastSeconds">A run repeats the job until it takes at least this long; 0 for once.</param>
/// <param name="pause">Time between two runs, for threads to fall asleep.</param>
/// <param name="quiet">Waits for other programs to pause, and what to do about runs they disturb.</param>
/// <param name="cancellation">Kills all engines.</param>
internal sealed class EngineRounds(int runs, double leastSeconds, TimeSpan pause, QuietMachine quiet, CancellationToken cancellation)
{
    /// <summary>Measures a job on every engine, all at the same time.</summary>
    /// <param name="specs">The engines; ours is first.</param>
    /// <param name="job">The job.</param>
    /// <param name="referencePath">File for our output, which the others are compared with; kept for a later call of other engines.</param>
    public IReadOnlyList<EngineResult> Measure(IReadOnlyList<EngineSpec> specs, EngineJob job, string referencePath)
    {
        List<Entrant> entrants = [];
        try
        {
            foreach (EngineSpec spec in specs)
                entrants.Add(new Entrant(spec, cancellation));
            return Measure(entrants, job, referencePath);
        }
        finally
        {
            entrants.ForEach(entrant => entrant.Process.Dispose());
        }
    }

    /// <summary>Measures a job with processes that are already running, and leaves them running.</summary>
    public IReadOnlyList<EngineResult> Measure(IReadOnlyList<Entrant> entrants, EngineJob job, string referencePath)
    {
        foreach (Entrant entrant in entrants)
            entrant.Try(() => Prepare(entrant, job));
        for (int round = 0; round < runs; round++)
        {
            foreach (Entrant entrant in entrants.Where(entrant => entrant.Result.Failure is null))
                entrant.Try(() => Time(entrant, entrants));
        }

        foreach (Entrant entrant in entrants.Where(entrant => entrant.Result.Failure is null))
            entrant.Try(() => Finish(entrant, referencePath));
        return [.. entrants.Select(entrant => entrant.Result)];
    }

    private void Prepare(Entrant entrant, EngineJob job)
    {
        entrant.Begin();
        EngineReply ready = entrant.Process.Prepare(job);
        entrant.Result.Version = ready.Version ?? "";
        entrant.Result.Kernel = ready.Kernel;
        entrant.Result.Flops = ready.Flops ?? 0;
        double warm = entrant.Process.Ask("run 1").Seconds!.Value;
        entrant.Repeats = (int)Math.Clamp(Math.Ceiling(leastSeconds / Math.Max(warm, 1e-6)), 1, 1000);
    }

    private void Time(Entrant entrant, IReadOnlyList<Entrant> all)
    {
        while (!TryTime(entrant, all))
            continue;
    }

    // False where other programs disturbed the run and there is time to repeat it.
    private bool TryTime(Entrant entrant, IReadOnlyList<Entrant> all)
    {
        cancellation.WaitHandle.WaitOne(pause);
        quiet.Wait(cancellation);
        cancellation.ThrowIfCancellationRequested();
        double?[] idleBefore = [.. all.Select(other => other.Process.CpuSeconds)];
        double? systemBefore = SystemLoad.BusySeconds;
        long start = Stopwatch.GetTimestamp();
        EngineReply reply = entrant.Process.Ask(string.Create(CultureInfo.InvariantCulture, $"run {entrant.Repeats}"));
        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double? busy = SystemLoad.BusySeconds - systemBefore;
        double?[] used = [.. all.Select((other, i) => other.Process.CpuSeconds - idleBefore[i])];
        double? others = busy - used.Sum();
        if (quiet.Rejects(others / wall, wall))
            return false;
        for (int i = 0; i < all.Count; i++)
        {
            if (all[i] != entrant)
                all[i].AddIdle(used[i], wall);
        }

        entrant.AddOthers(others, wall);
        entrant.Result.Seconds.Add(reply.Seconds!.Value);
        entrant.Result.CpuSeconds.Add(reply.CpuSeconds!.Value);
        return true;
    }

    private static void Finish(Entrant entrant, string referencePath)
    {
        EngineReply end = entrant.Process.Ask("finish");
        entrant.Result.PeakRssBytes = end.PeakRssBytes ?? 0;
        entrant.Result.PeakGflops = end.PeakGflops ?? 0;
        entrant.End();
        if (entrant.Spec.Name == EngineSpec.Ours)
        {
            entrant.Process.Ask($"save {referencePath}");
        }
        else if (File.Exists(referencePath))
        {
            EngineReply distance = entrant.Process.Ask($"compare {referencePath}");
            entrant.Result.Difference = distance.MaxDifference / distance.Scale;
        }
    }
}
