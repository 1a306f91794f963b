using STUNet.Core;

namespace STUNet.Training;

/// <summary>Does the same with every case, on all workers; results stand in the order of the cases, whoever did what.</summary>
internal static class CaseLoop
{
    /// <param name="cases">The cases. As many as the pool has workers are in memory at a time.</param>
    /// <param name="pool">The workers.</param>
    /// <param name="progress">Told after every case, from any worker.</param>
    /// <param name="cancellation">Looked at before every case.</param>
    /// <param name="work">The work.</param>
    public static T[] Run<TCase, T>(
        IReadOnlyList<TCase> cases, WorkerPool pool, IProgress<CaseProgress>? progress, CancellationToken cancellation, Func<TCase, T> work)
    {
        T[] results = new T[cases.Count];
        int done = 0;
        progress?.Report(new CaseProgress(0, cases.Count));
        pool.Run(cases.Count, i =>
        {
            cancellation.ThrowIfCancellationRequested();
            results[i] = work(cases[i]);
            progress?.Report(new CaseProgress(Interlocked.Increment(ref done), cases.Count));
        });
        return results;
    }
}
