namespace STUNet.Core;

/// <summary>The body of a parallel loop, kept as an object so that running it allocates nothing.</summary>
public interface IParallelBody
{
    /// <summary>Does one piece of work. Pieces may run in any order and at the same time; each writes outputs of its own.</summary>
    /// <param name="index">The piece, 0 up to the count of the loop.</param>
    /// <param name="worker">The worker it runs on, 0 up to <see cref="WorkerPool.Count"/>: selects scratch memory, never a result.</param>
    void Execute(int index, int worker);
}
