using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using STUNet.Core;
using STUNet.TestKit.Ops;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>conv [--filter TEXT] [--level Avx512|Avx2|Portable] [--workers N] [--runs N] [--json FILE]</c>: times the benchmark cases of the convolution
/// with the kernel a plan would take, one warm-up and the median of the runs, against the multiply-add peak measured in the same run. On a machine
/// shared with other work wall times say little: the second percentage relates processor time to processor time (it does not see workers that wait).
/// </summary>
internal static class ConvCommand
{
    private sealed record Row(string Problem, string Kernel, double MedianMs, double MinMs, double GflopPerSecond, double PercentOfPeak, double CpuMs, double CpuPercentOfPeak);

    private sealed record Report(string Device, int Workers, int Runs, double PeakGflopPerSecond, double CpuPeakGflopPerSecond, IReadOnlyList<Row> Rows);

    /// <summary>Runs the command; 0 when all cases ran.</summary>
    public static int Run(string[] args)
    {
        string filter = Option(args, "--filter", "");
        int runs = int.Parse(Option(args, "--runs", "5"), CultureInfo.InvariantCulture);
        using CpuDevice device = new(
            int.Parse(Option(args, "--workers", "0"), CultureInfo.InvariantCulture),
            Enum.Parse<SimdLevel>(Option(args, "--level", nameof(SimdLevel.Avx512))));
        (double peak, double cpuPeak) = FmaPeak.Measure(device);
        Console.WriteLine($"{device.Caps.Name}, {device.Workers.Count} workers, multiply-add peak {peak:F1} GFLOP/s (by processor time {cpuPeak:F1}); one warm-up, median of {runs}");
        Console.WriteLine($"{"ms",10} {"min ms",10} {"GFLOP/s",9} {"% peak",7} {"cpu ms",10} {"% peak",7}  {"kernel",-22} problem");
        List<Row> rows = [];
        foreach (OpCase @case in new Conv3dCases().Cases.Where(@case => @case.IsBenchmark && @case.Name.Contains(filter, StringComparison.Ordinal)))
        {
            Row row = Time(device, @case, runs, peak, cpuPeak);
            rows.Add(row);
            Console.WriteLine(
                $"{row.MedianMs,10:F2} {row.MinMs,10:F2} {row.GflopPerSecond,9:F1} {row.PercentOfPeak,7:F1} {row.CpuMs,10:F2} {row.CpuPercentOfPeak,7:F1}  {row.Kernel,-22} {row.Problem}");
        }

        if (Option(args, "--json", "") is { Length: > 0 } path)
        {
            Report report = new(device.Caps.Name, device.Workers.Count, runs, peak, cpuPeak, rows);
            AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, report, JsonSerializerOptions.Web));
        }

        return 0;
    }

    private static Row Time(CpuDevice device, OpCase @case, int runs, double peak, double cpuPeak)
    {
        IKernel kernel = KernelHarness.KernelsFor(device, @case).First();
        using KernelHarness harness = new(device, kernel, @case);
        harness.Run();
        double[] times = new double[runs];
        double[] cpuTimes = new double[runs];
        for (int run = 0; run < runs; run++)
        {
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            harness.Run();
            times[run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            cpuTimes[run] = (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds;
        }

        Array.Sort(times);
        Array.Sort(cpuTimes);
        double median = times[runs / 2];
        double cpuMs = cpuTimes[runs / 2];
        long flops = @case.Op.Estimate([.. @case.Inputs], @case.Op.InferOutput([.. @case.Inputs])).Flops;
        double rate = flops / median * 1e-6;
        return new Row(@case.Name, kernel.Name, median, times[0], rate, 100 * rate / peak, cpuMs, 100 * flops * device.Workers.Count / cpuMs * 1e-6 / cpuPeak);
    }

    private static string Option(string[] args, string name, string fallback)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : fallback;
    }
}
