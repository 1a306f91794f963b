namespace STUNet.Core;

/// <summary>Measures the steps of a plan. Used by one thread; may be used for any number of runs.</summary>
public abstract class StepTimer : IDisposable
{
    /// <summary>What measures, for reports, such as <c>CUDA events</c>: not every clock means the same.</summary>
    public abstract string Clock { get; }

    /// <summary>A step is about to be enqueued.</summary>
    /// <param name="step">Its index in the plan.</param>
    public abstract void Start(int step);

    /// <summary>The step has been enqueued.</summary>
    /// <param name="step">Its index in the plan.</param>
    public abstract void Stop(int step);

    /// <summary>Waits for the run and reads the time of every step.</summary>
    /// <param name="milliseconds">One element per step.</param>
    public abstract void Read(Span<double> milliseconds);

    /// <summary>Releases what measures.</summary>
    public abstract void Dispose();
}
