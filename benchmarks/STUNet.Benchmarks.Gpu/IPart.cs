namespace STUNet.Benchmarks.Gpu;

/// <summary>One part of what is asked of a GPU: it runs in a process of its own, so that it may fail, or be stopped, without the others.</summary>
internal interface IPart
{
    /// <summary>Exit code of a part that cannot be run here, and has printed why.</summary>
    const int Skipped = 4;

    /// <summary>What the command line calls it.</summary>
    string Name { get; }

    /// <summary>What it shows, in one line.</summary>
    string Proves { get; }

    /// <summary>Runs it.</summary>
    /// <param name="options">What to run it on.</param>
    /// <param name="results">Receives every figure as soon as there is one.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The exit code: 0 where all is right, 1 where something is wrong, <see cref="Skipped"/>.</returns>
    int Run(PartOptions options, ResultFile results, CancellationToken cancellation);
}
