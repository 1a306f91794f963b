namespace STUNet.Benchmarks.Engines;

/// <summary>One implementation of the job: float32 NCDHW in memory in, float32 NCDHW in memory out.</summary>
internal interface IEngine : IDisposable
{
    /// <summary>Name and version of the implementation.</summary>
    string Version { get; }

    /// <summary>The result of the last run, NCDHW.</summary>
    ReadOnlySpan<float> Output { get; }

    /// <summary>Loads weights and input.</summary>
    /// <returns>What is known before a run.</returns>
    EngineReply Prepare(EngineJob job);

    /// <summary>Does the job once.</summary>
    void Run();

    /// <summary>The multiply-add peak, GFLOP/s, of the instructions this engine may use; null where it cannot tell.</summary>
    double? MeasurePeak();
}
