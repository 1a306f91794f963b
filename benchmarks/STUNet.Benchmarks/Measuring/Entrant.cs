namespace STUNet.Benchmarks.Measuring;

/// <summary>An engine's process with what is measured of it.</summary>
/// <param name="spec">The engine.</param>
/// <param name="cancellation">Kills the process.</param>
internal sealed class Entrant(EngineSpec spec, CancellationToken cancellation)
{
    private (double Used, double Wall) _idle;
    private (double Used, double Wall) _others;

    public EngineSpec Spec { get; } = spec;

    public EngineProcess Process { get; } = new(spec, cancellation);

    public EngineResult Result { get; private set; } = new(spec.Name);

    /// <summary>Times the job is done in one run.</summary>
    public int Repeats { get; set; } = 1;

    /// <summary>Starts a new measurement of the same process.</summary>
    public void Begin() => (Result, _idle, _others) = (new EngineResult(Spec.Name), default, default);

    /// <summary>Does a step, or notes why the engine cannot.</summary>
    public void Try(Action step)
    {
        try
        {
            step();
        }
        catch (EngineFailedException failure)
        {
            Result.Failure = failure.Message;
        }
    }

    public void AddIdle(double? cpuSeconds, double wall) => _idle = (_idle.Used + cpuSeconds ?? double.NaN, _idle.Wall + wall);

    public void AddOthers(double? cpuSeconds, double wall) => _others = (_others.Used + cpuSeconds ?? double.NaN, _others.Wall + wall);

    /// <summary>Puts the averages into the result.</summary>
    public void End() => (Result.IdleCores, Result.OthersCores) = (Average(_idle), Average(_others));

    private static double? Average((double Used, double Wall) sum) => sum.Wall > 0 && double.IsFinite(sum.Used) ? Math.Max(0, sum.Used / sum.Wall) : null;
}
