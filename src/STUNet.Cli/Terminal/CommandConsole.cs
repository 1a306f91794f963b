using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace STUNet.Cli;

/// <summary>What every command writes to: results on one stream; errors, warnings and progress on the other, so that results can be piped.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Errors, warnings and progress.</param>
/// <param name="cancellation">Cancels the command.</param>
/// <param name="age">Age of the process.</param>
internal sealed class CommandConsole(TextWriter output, TextWriter error, CancellationToken cancellation, TimeSpan age = default)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lock _lock = new();
    private readonly long _created = Stopwatch.GetTimestamp();
    private bool _hasProgress;

    /// <summary>Wall time since the process began.</summary>
    public TimeSpan Elapsed => age + Stopwatch.GetElapsedTime(_created);

    /// <summary>Cancelled by Ctrl+C.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Whether results are printed as JSON only.</summary>
    public bool Json { get; set; }

    /// <summary>Whether stack traces, memory plans and the like are printed.</summary>
    public bool Verbose { get; set; }

    /// <summary>Whether the error stream is a terminal, where a line can be overwritten.</summary>
    public bool IsInteractive { get; } = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;

    /// <summary>A line for people; nothing with <c>--json</c>.</summary>
    public void WriteLine(string line = "")
    {
        if (Json)
            return;
        lock (_lock)
        {
            ClearProgress();
            output.WriteLine(line);
        }
    }

    /// <summary>The machine-readable result; nothing without <c>--json</c>.</summary>
    public void WriteJson(Func<JsonNode> result)
    {
        if (Json)
            output.WriteLine(result().ToJsonString(Indented));
    }

    public void Warn(string sentence) => WriteError($"stunet: warning: {sentence}");

    public void Fail(string sentence) => WriteError($"stunet: {sentence}");

    /// <summary>A line that only <c>--verbose</c> shows.</summary>
    public void Detail(string text)
    {
        if (Verbose)
            WriteError(text);
    }

    /// <summary>Replaces the progress line on a terminal; elsewhere it is a line like any other.</summary>
    public void ShowProgress(string text)
    {
        lock (_lock)
        {
            ClearProgress();
            error.Write(IsInteractive ? text : text + Environment.NewLine);
            error.Flush();
            _hasProgress = IsInteractive;
        }
    }

    /// <summary>Removes the progress line.</summary>
    public void EndProgress()
    {
        lock (_lock)
            ClearProgress();
    }

    private void WriteError(string text)
    {
        lock (_lock)
        {
            ClearProgress();
            error.WriteLine(text);
        }
    }

    private void ClearProgress()
    {
        if (_hasProgress)
            error.Write("\r\e[K");
        _hasProgress = false;
    }
}
