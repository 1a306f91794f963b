using System.Runtime.ExceptionServices;

namespace STUNet.Core;

/// <summary>
/// A fixed set of threads that run parallel loops without allocating. The caller's thread is worker 0. Loops are handed out piece by piece;
/// since pieces own their outputs, results do not depend on the number of workers or on who did what.
/// </summary>
public sealed class WorkerPool : IDisposable
{
    [ThreadStatic]
    private static WorkerPool? _poolOfThread;

    [ThreadStatic]
    private static int _workerOfThread;

    private readonly Thread[] _threads;
    private readonly Lock _oneLoopAtATime = new();
    private readonly object _signal = new();
    private IParallelBody? _body;
    private int _count;
    private int _next;
    private int _active;
    private int _generation;
    private bool _stopping;
    private Exception? _failure;

    /// <summary>Starts the workers.</summary>
    /// <param name="count">Workers in all, the caller's thread included; 0 or less means one per processor.</param>
    public WorkerPool(int count = 0)
    {
        Count = count > 0 ? count : Environment.ProcessorCount;
        _threads = new Thread[Count - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => WorkerLoop(worker)) { IsBackground = true, Name = $"stunet-{worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Workers in all, the caller's thread included.</summary>
    public int Count { get; }

    /// <summary>
    /// Runs <paramref name="body"/> for 0 up to <paramref name="count"/> and returns when all pieces are done. A loop started by a piece of a loop of the
    /// same pool runs inline on that piece's worker.
    /// </summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="body">The work. The first exception a piece throws stops the loop and reaches the caller as it is.</param>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    public void Run(int count, IParallelBody body)
    {
        if (_poolOfThread == this)
        {
            RunInline(count, body, _workerOfThread);
            return;
        }

        lock (_oneLoopAtATime)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (count <= 1 || _threads.Length == 0)
                RunInline(count, body, 0);
            else
                RunShared(count, body);
        }
    }

    /// <summary>Runs <paramref name="body"/> for 0 up to <paramref name="count"/>; convenient outside of plans, where a delegate may be allocated.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="body">The work, given the piece.</param>
    public void Run(int count, Action<int> body) => Run(count, new DelegateBody(body));

    /// <summary>Stops the workers; waits for a loop in progress and for them.</summary>
    public void Dispose()
    {
        lock (_oneLoopAtATime)
        {
            lock (_signal)
            {
                _stopping = true;
                Monitor.PulseAll(_signal);
            }
        }

        foreach (Thread thread in _threads)
            thread.Join();
    }

    private static void RunInline(int count, IParallelBody body, int worker)
    {
        for (int i = 0; i < count; i++)
            body.Execute(i, worker);
    }

    private void RunShared(int count, IParallelBody body)
    {
        lock (_signal)
        {
            _body = body;
            _count = count;
            _next = 0;
            _failure = null;
            _active = _threads.Length;
            _generation++;
            Monitor.PulseAll(_signal);
        }

        Drain(0);
        lock (_signal)
        {
            while (_active > 0)
                Monitor.Wait(_signal);
            _body = null;
        }

        if (_failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    private void WorkerLoop(int worker)
    {
        int seen = 0;
        while (true)
        {
            lock (_signal)
            {
                while (_generation == seen && !_stopping)
                    Monitor.Wait(_signal);
                if (_stopping)
                    return;
                seen = _generation;
            }

            Drain(worker);
            lock (_signal)
            {
                if (--_active == 0)
                    Monitor.PulseAll(_signal);
            }
        }
    }

    private void Drain(int worker)
    {
        IParallelBody body = _body!;
        (_poolOfThread, _workerOfThread) = (this, worker);
        try
        {
            for (int index; (index = Interlocked.Increment(ref _next) - 1) < _count;)
                body.Execute(index, worker);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
            Volatile.Write(ref _next, _count);
        }
        finally
        {
            _poolOfThread = null;
        }
    }

    private sealed class DelegateBody(Action<int> body) : IParallelBody
    {
        public void Execute(int index, int worker) => body(index);
    }
}
