namespace STUNet.Engine;

/// <summary>Measured time of one step over the runs of a profiled plan.</summary>
/// <param name="Step">The step.</param>
/// <param name="Runs">Number of runs.</param>
/// <param name="Milliseconds">Mean time of a run in milliseconds.</param>
public sealed record StepProfile(StepReport Step, long Runs, double Milliseconds)
{
    /// <summary>10^9 floating-point operations per second.</summary>
    public double GigaflopsPerSecond => Milliseconds > 0 ? Step.Work.Flops / Milliseconds / 1e6 : 0;

    /// <summary>10^9 bytes per second, every operand counted once.</summary>
    public double GigabytesPerSecond => Milliseconds > 0 ? Step.Work.Bytes / Milliseconds / 1e6 : 0;
}
