namespace STUNet.Cli;

/// <summary>Hands every report on at once, on the thread that makes it (<see cref="Progress{T}"/> would queue it).</summary>
internal sealed class ProgressReport<T>(Action<T> show) : IProgress<T>
{
    public void Report(T value) => show(value);
}
