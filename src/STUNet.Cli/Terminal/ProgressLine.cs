using System.Globalization;

namespace STUNet.Cli;

/// <summary>Turns reports of work done into a line with the remaining time; at most a few lines per second, on a terminal in place.</summary>
internal sealed class ProgressLine(CommandConsole console, TimeProvider? clock = null)
{
    private static readonly TimeSpan InteractiveInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private string _step = "";
    private long _stepStart;
    private double _doneAtStart;
    private long _lastShown = (clock ?? TimeProvider.System).GetTimestamp();

    /// <summary>Reports progress.</summary>
    /// <param name="step">What is being done; a new text starts a new estimate.</param>
    /// <param name="done">Pieces done of <paramref name="total"/>.</param>
    /// <param name="total">All pieces.</param>
    public void Report(string step, double done, double total)
    {
        lock (_lock)
        {
            long now = _clock.GetTimestamp();
            if (step != _step)
                (_step, _stepStart, _doneAtStart) = (step, now, done);
            TimeSpan interval = console.IsInteractive ? InteractiveInterval : PlainInterval;
            if (_clock.GetElapsedTime(_lastShown, now) < interval)
                return;
            _lastShown = now;
            console.ShowProgress(Describe(step, done, total, _clock.GetElapsedTime(_stepStart, now)));
        }
    }

    /// <summary>The line: what, how much of it, and the time left if the rest goes like what was done since the step began.</summary>
    private string Describe(string step, double done, double total, TimeSpan elapsed)
    {
        if (total <= 0)
            return step;
        string share = string.Create(CultureInfo.InvariantCulture, $"{step}: {100 * done / total:F0} %");
        double sinceStart = done - _doneAtStart;
        if (sinceStart <= 0)
            return share;
        TimeSpan left = elapsed * ((total - done) / sinceStart);
        return $"{share}, {Duration(left)} left";
    }

    /// <summary>A duration as people write it: 3.2 s, 4:05 min, 1:02:03 h.</summary>
    public static string Duration(TimeSpan time) => time.TotalSeconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s")
        : time.TotalHours < 1
            ? time.ToString(@"m\:ss", CultureInfo.InvariantCulture) + " min"
            : time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture) + " h";
}
