using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace STUNet.Benchmarks.Engines;

/// <summary>
/// The process of one engine: answers requests, one line each, until its standard input ends; then it exits at once, also in the middle of a run, so
/// that no engine outlives the benchmark that started it. Requests: <c>prepare JOB</c>, <c>run N</c>, <c>finish</c>, <c>save FILE</c>, <c>compare FILE</c>.
/// </summary>
internal static class EngineHost
{
    private const int Interrupted = 130;

    /// <summary>Serves until the input ends.</summary>
    /// <param name="create">Makes the engine when the first request comes.</param>
    public static int Serve(Func<IEngine> create)
    {
        using BlockingCollection<string> requests = [];
        Thread reader = new(() => Read(requests)) { IsBackground = true, Name = "requests" };
        reader.Start();
        IEngine? engine = null;
        foreach (string request in requests.GetConsumingEnumerable())
        {
            string reply;
            try
            {
                engine ??= create();
                reply = JsonSerializer.Serialize(Answer(engine, request), EngineReply.Format);
            }
            catch (Exception failure)
            {
                reply = JsonSerializer.Serialize(new EngineReply { Error = Sentence(failure) }, EngineReply.Format);
            }

            Console.Out.WriteLine(reply);
            Console.Out.Flush();
        }

        return 0;
    }

    private static void Read(BlockingCollection<string> requests)
    {
        while (Console.In.ReadLine() is { } line)
            requests.Add(line);
        Environment.Exit(Interrupted);
    }

    private static EngineReply Answer(IEngine engine, string request)
    {
        (string verb, string operand) = request.Split(' ', 2) is [var first, var rest] ? (first, rest) : (request, "");
        switch (verb)
        {
            case "prepare":
                return engine.Prepare(JsonSerializer.Deserialize<EngineJob>(operand, EngineReply.Format)!) with { Version = engine.Version };
            case "run":
                return Run(engine, int.Parse(operand, CultureInfo.InvariantCulture));
            case "finish":
                return new EngineReply { PeakRssBytes = PeakMemory.Bytes, PeakGflops = engine.MeasurePeak() };
            case "save":
                ReferenceOutput.Save(operand, engine.Output);
                return new EngineReply();
            case "compare":
                (double difference, double scale) = ReferenceOutput.Compare(operand, engine.Output);
                return new EngineReply { MaxDifference = difference, Scale = scale };
            default:
                throw new InvalidOperationException($"unknown request '{verb}'");
        }
    }

    private static EngineReply Run(IEngine engine, int repeats)
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
            engine.Run();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new EngineReply { Seconds = seconds / repeats, CpuSeconds = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds / repeats };
    }

    // The innermost message is the cause; native loaders put a page of search paths behind the first line.
    private static string Sentence(Exception failure)
    {
        while (failure.InnerException is { } inner)
            failure = inner;
        return failure.Message.Split('\n')[0].TrimEnd('\r', ' ');
    }
}
