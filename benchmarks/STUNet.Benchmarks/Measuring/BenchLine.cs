using System.Text.Json;
using System.Text.Json.Serialization;
using STUNet.Benchmarks.Engines;
using STUNet.Core;

namespace STUNet.Benchmarks.Measuring;

/// <summary>One line of a report file: one engine at one job. Names are snake_case in the file; times in seconds, memory in bytes.</summary>
internal sealed record BenchLine
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>patch, layers, volume or training-step.</summary>
    public required string Bench { get; init; }

    public required string Size { get; init; }

    public required string Engine { get; init; }

    public string Version { get; init; } = "";

    public required int Threads { get; init; }

    /// <summary>Cap of the vector instructions; null for none.</summary>
    public string? Simd { get; init; }

    /// <summary>Patch (z, y, x).</summary>
    public required int[] Patch { get; init; }

    public required int Classes { get; init; }

    /// <summary>Images at the same time.</summary>
    public int Batch { get; init; } = 1;

    public int Runs { get; init; }

    /// <summary>Problem string of a layer.</summary>
    public string? Layer { get; init; }

    public string? Kernel { get; init; }

    public double MedianS { get; init; }

    public double MinS { get; init; }

    /// <summary>Median processor time of a run, all threads together, spinning included.</summary>
    public double? CpuS { get; init; }

    /// <summary>Median of this engine divided by ours: above 1 means that ours is faster.</summary>
    public double? TimesOurs { get; init; }

    /// <summary>10^9 operations per second, counted for the direct algorithm as our plan does.</summary>
    public double? Gflops { get; init; }

    /// <summary>The machine's multiply-add peak in the same run, of the instructions the engine may use.</summary>
    public double? PeakGflops { get; init; }

    public long PeakRssBytes { get; init; }

    /// <summary>Largest distance from our output, as a fraction of our largest value.</summary>
    public double? MaxDifference { get; init; }

    /// <summary>Processors other programs used meanwhile, on average: a figure above 0.1 was disturbed.</summary>
    public double? OthersCores { get; init; }

    /// <summary>Processors this engine used while the others ran.</summary>
    public double? IdleCores { get; init; }

    /// <summary>alternating, or one after the other where memory does not hold all engines.</summary>
    public string? Order { get; init; }

    /// <summary>Stages of a whole volume in seconds.</summary>
    public IReadOnlyDictionary<string, double>? StagesS { get; init; }

    /// <summary>What was segmented.</summary>
    public string? Image { get; init; }

    public string Cpu { get; init; } = Machine.Cpu;

    public string Commit { get; init; } = Machine.Commit;

    public string Date { get; init; } = Machine.Date;

    /// <summary>The line of an engine.</summary>
    public static BenchLine Of(string bench, EngineJob job, string? simd, EngineResult result, EngineResult? ours, double machinePeak, string order)
    {
        bool isOurs = result.Engine == EngineSpec.Ours;
        long flops = ours?.Flops ?? 0;
        return new BenchLine
        {
            Bench = bench,
            Size = job.Size.ToString(),
            Engine = result.Engine,
            Version = result.Version,
            Threads = job.Threads,
            Simd = isOurs ? simd : null,
            Patch = [job.Patch.D, job.Patch.H, job.Patch.W],
            Classes = job.Classes,
            Batch = job.Batch,
            Runs = result.Seconds.Count,
            Layer = job.Layer,
            Kernel = result.Kernel,
            MedianS = result.Median,
            MinS = result.Min,
            CpuS = result.MedianCpu,
            TimesOurs = ours is { Failure: null } ? result.Median / ours.Median : null,
            Gflops = flops > 0 ? flops / result.Median * 1e-9 : null,
            PeakGflops = isOurs ? result.PeakGflops : machinePeak,
            PeakRssBytes = result.PeakRssBytes,
            MaxDifference = result.Difference,
            OthersCores = result.OthersCores,
            IdleCores = result.IdleCores,
            Order = order,
        };
    }

    /// <summary>Reads a report file.</summary>
    /// <exception cref="InvalidFileException">Missing, or a line is none of these.</exception>
    public static IEnumerable<BenchLine> Read(string path)
    {
        if (!File.Exists(path))
            throw new InvalidFileException(path, "", "no such file", "give a file that a bench command wrote with --json");
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Length == 0)
                continue;
            BenchLine? read;
            try
            {
                read = JsonSerializer.Deserialize<BenchLine>(line, Format);
            }
            catch (JsonException failure)
            {
                throw new InvalidFileException(path, $"line {number}", "not a line of a report", "give a file that a bench command wrote with --json", failure);
            }

            yield return read!;
        }
    }

    /// <summary>Writes a report file, one line each; replaced if it exists.</summary>
    public static void Write(string path, IEnumerable<BenchLine> lines) =>
        AtomicFile.WriteText(path, string.Concat(lines.Select(line => JsonSerializer.Serialize(line, Format) + "\n")));
}
