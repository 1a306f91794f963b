using System.Diagnostics;
using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Cli;

/// <summary>One window of a network, ready to be timed: plan, input volume and accumulator.</summary>
internal sealed class WindowBenchmark : IDisposable
{
    private const int InputSeed = 20240607;
    private readonly CompiledModel _model;
    private readonly Plan _plan;
    private readonly RunArguments _arguments;

    /// <summary>Plans the window.</summary>
    public WindowBenchmark(NetworkSource source, Int3 patch, Device device, PlanOptions options, DType activations = DType.F32)
    {
        _model = new CompiledModel(device, source.Parameters);
        _plan = _model.CreatePlan(StuNet.RecordWindow(source.Architecture, patch, activations: activations), options);
        _arguments = new RunArguments
        {
            Weight = 1,
            Source = Bind(device, source.Architecture.InputChannels, patch),
            Accumulator = Bind(device, source.Architecture.Classes + 1, patch),
        };
        // Normal-sized values: zeros and denormals would time another computation.
        Random random = new(InputSeed);
        float[] image = [.. Enumerable.Range(0, checked((int)(_arguments.Source.ByteLength / sizeof(float)))).Select(_ => 2 * random.NextSingle() - 1)];
        device.Upload(MemoryMarshal.AsBytes<float>(image), _arguments.Source.Memory, 0);
        device.Fill(_arguments.Accumulator.Memory, 0, _arguments.Accumulator.ByteLength, 0);
        TensorView importance = _plan.View("importance");
        float[] ones = new float[importance.Desc.ByteLength / sizeof(float)];
        ones.AsSpan().Fill(1);
        device.Upload(MemoryMarshal.AsBytes<float>(ones), importance.Memory, importance.ByteOffset);
    }

    /// <summary>What the plan does.</summary>
    public PlanReport Report => _plan.Report;

    /// <summary>What measures the steps.</summary>
    public string Clock => _plan.ProfileClock;

    /// <summary>Runs once to warm up, then the timed runs.</summary>
    /// <param name="runs">Timed runs.</param>
    /// <param name="progress">Told the number of runs done.</param>
    /// <param name="cancellation">Stops between two runs.</param>
    public WindowTimes Run(int runs, IProgress<int> progress, CancellationToken cancellation)
    {
        int steps = Report.Steps.Count;
        double[][] times = [.. Enumerable.Range(0, steps).Select(_ => new double[runs])];
        double[] totals = new double[runs];
        for (int run = -1; run < runs; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            _plan.Run(_arguments).Wait();
            double total = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            IReadOnlyList<StepProfile> profile = _plan.Profile;
            if (run >= 0)
            {
                totals[run] = total;
                for (int step = 0; step < steps; step++)
                    times[step][run] = profile[step].Milliseconds;
            }

            progress.Report(run + 2);
        }

        return new WindowTimes([.. times.Select(OrderStatistics.Median)], OrderStatistics.Median(totals));
    }

    /// <summary>Releases plan, weights and volumes.</summary>
    public void Dispose()
    {
        _plan.Dispose();
        _model.Dispose();
        _arguments.Source.Memory.Dispose();
        _arguments.Accumulator.Memory.Dispose();
    }

    private static VolumeBinding Bind(Device device, int channels, Int3 size) =>
        new(device.Allocate(channels * size.Product * sizeof(float)), 0, channels, size);
}
