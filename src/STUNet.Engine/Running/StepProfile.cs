namespace STUNet.Engine;

/// <summary>Measured time of one step in one run of a profiled plan.</summary>
/// <param name="Step">The step.</param>
/// <param name="Milliseconds">Its time in milliseconds.</param>
public sealed record StepProfile(StepReport Step, double Milliseconds)
{
    /// <summary>10^9 floating-point operations per second.</summary>
    public double GigaflopsPerSecond => Milliseconds > 0 ? Step.Work.Flops / Milliseconds / 1e6 : 0;

    /// <summary>10^9 bytes per second, every operand counted once.</summary>
    public double GigabytesPerSecond => Milliseconds > 0 ? Step.Work.Bytes / Milliseconds / 1e6 : 0;
}
