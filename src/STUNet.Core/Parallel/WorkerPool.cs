namespace STUNet.Core;

/// <summary>
/// A fixed set of threads that run parallel loops without allocating. The caller's thread is worker 0. Loops are handed out piece by piece;
/// since pieces own their outputs, results do not depend on the number of workers or on who did what.
/// </summary>
public sealed class WorkerPool : IDisposable
{
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

    /// <summary>Runs <paramref name="body"/> for 0 up to <paramref name="count"/> and returns when all pieces are done.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="body">The work; must not start a loop on the same pool.</param>
    /// <exception cref="AggregateException">A piece failed; the first failure is inside.</exception>
    public void Run(int count, IParallelBody body)
    {
        lock (_oneLoopAtATime)
        {
            if (count <= 1 || _threads.Length == 0)
            {
                for (int i = 0; i < count; i++)
                    body.Execute(i, 0);
                return;
            }

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
                throw new AggregateException(failure);
        }
    }

    /// <summary>Runs <paramref name="body"/> for 0 up to <paramref name="count"/>; convenient outside of plans, where a delegate may be allocated.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="body">The work, given the piece.</param>
    public void Run(int count, Action<int> body) => Run(count, new DelegateBody(body));

    /// <summary>Stops the workers; waits for them.</summary>
    public void Dispose()
    {
        lock (_signal)
        {
            _stopping = true;
            Monitor.PulseAll(_signal);
        }

        foreach (Thread thread in _threads)
            thread.Join();
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
    }

    private sealed class DelegateBody(Action<int> body) : IParallelBody
    {
        public void Execute(int index, int worker) => body(index);
    }
}
