using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using STUNet.Core;

namespace STUNet.Benchmarks;

/// <summary>The most multiply-adds the processor does in registers, all workers at once: what percentages of peak refer to.</summary>
internal sealed class FmaPeak : IParallelBody
{
    private const int Iterations = 4_000_000;
    private const int Chains = 10; // independent sums: enough for two units with a latency of four or five cycles
    private readonly float[] _sums;
    private readonly bool _wide;

    private FmaPeak(int workers, bool wide)
    {
        _sums = new float[workers];
        _wide = wide;
    }

    /// <summary>GFLOP/s by wall time and by processor time, best of seven, with the widest vectors of the device; a multiply-add counts as two.</summary>
    public static (double Wall, double Cpu) Measure(CpuDevice device)
    {
        int workers = device.Workers.Count;
        bool wide = device.Caps.Simd == SimdLevel.Avx512;
        FmaPeak body = new(workers, wide);
        double best = double.MaxValue;
        double bestCpu = double.MaxValue;
        for (int run = 0; run < 7; run++)
        {
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            device.Workers.Run(workers, body);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            bestCpu = Math.Min(bestCpu, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        }

        if (body._sums.Any(float.IsNaN))
            throw new InvalidOperationException("the sums diverged");
        double gflop = 2e-9 * (wide ? 16 : 8) * Chains * Iterations * workers;
        return (gflop / best, gflop * workers / bestCpu);
    }

    public void Execute(int index, int worker) => _sums[index] = _wide ? Wide() : Narrow();

    private static float Wide()
    {
        Vector512<float> x = Vector512.Create(0.5f), w = Vector512.Create(0.25f);
        Vector512<float> a = w, b = w, c = w, d = w, e = w, f = w, g = w, h = w, i = w, j = w;
        for (int n = 0; n < Iterations; n++)
        {
            a = Avx512F.FusedMultiplyAdd(a, x, w);
            b = Avx512F.FusedMultiplyAdd(b, x, w);
            c = Avx512F.FusedMultiplyAdd(c, x, w);
            d = Avx512F.FusedMultiplyAdd(d, x, w);
            e = Avx512F.FusedMultiplyAdd(e, x, w);
            f = Avx512F.FusedMultiplyAdd(f, x, w);
            g = Avx512F.FusedMultiplyAdd(g, x, w);
            h = Avx512F.FusedMultiplyAdd(h, x, w);
            i = Avx512F.FusedMultiplyAdd(i, x, w);
            j = Avx512F.FusedMultiplyAdd(j, x, w);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j);
    }

    private static float Narrow()
    {
        Vector256<float> x = Vector256.Create(0.5f), w = Vector256.Create(0.25f);
        Vector256<float> a = w, b = w, c = w, d = w, e = w, f = w, g = w, h = w, i = w, j = w;
        for (int n = 0; n < Iterations; n++)
        {
            a = Vector256.MultiplyAddEstimate(a, x, w);
            b = Vector256.MultiplyAddEstimate(b, x, w);
            c = Vector256.MultiplyAddEstimate(c, x, w);
            d = Vector256.MultiplyAddEstimate(d, x, w);
            e = Vector256.MultiplyAddEstimate(e, x, w);
            f = Vector256.MultiplyAddEstimate(f, x, w);
            g = Vector256.MultiplyAddEstimate(g, x, w);
            h = Vector256.MultiplyAddEstimate(h, x, w);
            i = Vector256.MultiplyAddEstimate(i, x, w);
            j = Vector256.MultiplyAddEstimate(j, x, w);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j);
    }
}
