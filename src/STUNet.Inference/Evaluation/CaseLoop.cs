using STUNet.Core;

namespace STUNet.Inference;

/// <summary>Does the same with every case, and counts the pieces of work that are done.</summary>
/// <param name="step">What is done.</param>
/// <param name="pieces">The pieces of all cases.</param>
/// <param name="progress">Told the pieces done.</param>
internal sealed class CaseLoop(string step, int pieces, IProgress<EvaluationProgress>? progress)
{
    private int _done;

    /// <summary>Runs the work, several cases at a time.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="workers">The workers.</param>
    /// <param name="cancellation">Stops between two cases.</param>
    /// <param name="work">Given a case and its place; it calls <see cref="PieceDone"/>.</param>
    public void Run<T>(IReadOnlyList<T> cases, WorkerPool workers, CancellationToken cancellation, Action<int, T> work)
    {
        progress?.Report(new EvaluationProgress(step, 0, pieces));
        workers.Run(cases.Count, i =>
        {
            cancellation.ThrowIfCancellationRequested();
            work(i, cases[i]);
        });
    }

    /// <summary>Runs the work case by case, for work that uses the workers itself.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="cancellation">Stops between two cases.</param>
    /// <param name="work">Given a case and its place; it calls <see cref="PieceDone"/>.</param>
    public void RunOneByOne<T>(IReadOnlyList<T> cases, CancellationToken cancellation, Action<int, T> work)
    {
        progress?.Report(new EvaluationProgress(step, 0, pieces));
        for (int i = 0; i < cases.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            work(i, cases[i]);
        }
    }

    /// <summary>Counts a piece; from any thread.</summary>
    public void PieceDone() => progress?.Report(new EvaluationProgress(step, Interlocked.Increment(ref _done), pieces));
}
