using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using STUNet.Benchmarks.Engines;

namespace STUNet.Benchmarks.Measuring;

/// <summary>The parent's end of an engine's process: one request at a time, killed on cancellation and when disposed.</summary>
internal sealed class EngineProcess : IDisposable
{
    private const double TicksPerSecond = 100; // USER_HZ
    private readonly Process _process;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;

    /// <summary>Starts the process.</summary>
    public EngineProcess(EngineSpec spec, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ProcessStartInfo start = new("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(spec.Assembly);
        foreach (string argument in spec.Arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in spec.Environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _cancellation = cancellation;
        _registration = cancellation.Register(Kill);
    }

    /// <summary>Processor time so far in seconds; null where the system does not tell.</summary>
    public double? CpuSeconds
    {
        get
        {
            string path = $"/proc/{_process.Id}/stat";
            if (!File.Exists(path))
                return null;
            // The second field is the name in parentheses; utime and stime are fields 14 and 15.
            string[] fields = File.ReadAllText(path).Split(") ")[^1].Split(' ');
            return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="EngineFailedException">The engine could not do it, or its process ended.</exception>
    public EngineReply Ask(string request)
    {
        try
        {
            _process.StandardInput.WriteLine(request);
            _process.StandardInput.Flush();
            // Native libraries may print as well; an answer is a line of JSON.
            while (_process.StandardOutput.ReadLine() is { } line)
            {
                if (line.StartsWith('{'))
                    return Checked(JsonSerializer.Deserialize<EngineReply>(line, EngineReply.Format)!);
            }
        }
        catch (IOException)
        {
            // The pipe broke: the process ended, which the next lines say.
        }

        _cancellation.ThrowIfCancellationRequested();
        _process.WaitForExit();
        throw new EngineFailedException($"its process ended with code {_process.ExitCode}{(_process.ExitCode == 137 ? ", killed, perhaps for lack of memory" : "")}");
    }

    /// <inheritdoc cref="Ask(string)"/>
    public EngineReply Prepare(EngineJob job) => Ask($"prepare {JsonSerializer.Serialize(job, EngineReply.Format)}");

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static EngineReply Checked(EngineReply reply) => reply.Error is { } error ? throw new EngineFailedException(error) : reply;

    private void Kill()
    {
        if (!_process.HasExited)
            _process.Kill();
    }
}
