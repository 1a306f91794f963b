namespace STUNet.Core;

/// <summary>One bound kernel in a plan. A device with a queue enqueues, the CPU computes before returning. Allocates nothing.</summary>
public abstract class Step
{
    /// <summary>
    /// Whether what the step does depends on the <see cref="RunArguments"/>. A step that does not does the very same in every run, so that a device may record it once. True unless a
    /// step knows better.
    /// </summary>
    public virtual bool DependsOnRun => true;

    /// <summary>Runs or enqueues the step.</summary>
    /// <param name="context">The arguments of this run.</param>
    public abstract void Run(RunContext context);
}
