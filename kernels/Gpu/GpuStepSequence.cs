using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Several launches, one after the other.</summary>
internal sealed class GpuStepSequence(Step[] steps) : Step
{
    public override bool DependsOnRun { get; } = steps.Any(step => step.DependsOnRun);

    public override void Run(RunContext context)
    {
        foreach (Step step in steps)
            step.Run(context);
    }
}
