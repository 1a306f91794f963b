namespace STUNet.Core;

/// <summary>One bound kernel in a plan. A device with a queue enqueues, the CPU computes before returning. Allocates nothing.</summary>
public abstract class Step
{
    /// <summary>Runs or enqueues the step.</summary>
    /// <param name="context">The arguments of this run.</param>
    public abstract void Run(RunContext context);
}
