namespace STUNet.Core;

/// <summary>Runs the steps of a plan, one after the other. A device may do so by replaying what it recorded of them.</summary>
/// <param name="steps">The steps, in order.</param>
public class StepRunner(IReadOnlyList<Step> steps) : IDisposable
{
    /// <summary>How they are run, for reports, such as <c>2 launches and 1 graph of 98 steps</c>, or why not so; empty where there is nothing to tell.</summary>
    public virtual string Description => "";

    /// <summary>Runs or enqueues all of them; allocates nothing once warmed up.</summary>
    /// <param name="context">The arguments of this run.</param>
    public virtual void Run(RunContext context)
    {
        for (int step = 0; step < steps.Count; step++)
            steps[step].Run(context);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what was recorded.</summary>
    protected virtual void Release()
    {
    }
}
