using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Consecutive steps that all depend on the arguments of a run, or all do not.</summary>
/// <param name="steps">The steps, in order.</param>
/// <param name="isRecordable">Whether they do not depend on them, and are worth a recording.</param>
internal sealed class GpuCudaGraphSegment(IReadOnlyList<Step> steps, bool isRecordable)
{
    /// <summary>The steps.</summary>
    public IReadOnlyList<Step> Steps => steps;

    /// <summary>Whether they may be recorded.</summary>
    public bool IsRecordable => isRecordable;

    /// <summary>CUgraphExec; 0 before it is recorded.</summary>
    public nint Executable { get; set; }

    /// <summary>Cuts steps where their dependence on the run changes. One step alone is launched as cheaply as a graph of one.</summary>
    public static List<GpuCudaGraphSegment> Of(IReadOnlyList<Step> steps)
    {
        List<GpuCudaGraphSegment> segments = [];
        for (int first = 0; first < steps.Count;)
        {
            int end = first + 1;
            while (end < steps.Count && steps[end].DependsOnRun == steps[first].DependsOnRun)
                end++;
            Step[] segment = [.. steps.Skip(first).Take(end - first)];
            segments.Add(new GpuCudaGraphSegment(segment, !steps[first].DependsOnRun && segment.Length > 1));
            first = end;
        }

        return segments;
    }

    /// <summary>Enqueues the steps one by one.</summary>
    public void Run(RunContext context)
    {
        for (int step = 0; step < steps.Count; step++)
            steps[step].Run(context);
    }
}
