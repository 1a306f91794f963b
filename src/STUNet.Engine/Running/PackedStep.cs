using STUNet.Core;

namespace STUNet.Engine;

/// <summary>A step that packs inputs which may have changed since the last run, then computes.</summary>
internal sealed class PackedStep(Step[] packings, Step step) : Step
{
    public override bool DependsOnRun => step.DependsOnRun || packings.Any(packing => packing.DependsOnRun);

    public override void Run(RunContext context)
    {
        foreach (Step packing in packings)
            packing.Run(context);
        step.Run(context);
    }
}
