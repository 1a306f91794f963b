using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Whole patches of one size, batch 1, in every kind of numbers for which there is time.</summary>
internal sealed class PatchPart : IPart
{
    public string Name => "patch";

    public string Proves => "time and memory of a whole patch of 128^3, batch 1";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        using GpuDevice device = options.OpenTuned();
        int failed = 0;
        IEnumerable<Arithmetic> wanted = Arithmetic.All.Where(arithmetic => options.IsQuick ? arithmetic.Name == "f32" : options.Numbers.Contains(arithmetic.Name));
        foreach (Arithmetic arithmetic in options.WithinAllowance(wanted, arithmetic => arithmetic.Name, cancellation))
        {
            try
            {
                using WindowPlan window = new(device, options, arithmetic, isProfiled: false);
                RunTimes times = EventClock.Measure(device, window.Enqueue, options.Budget, cancellation);
                JsonObject line = times.AddTo(new JsonObject { ["size"] = options.Size.ToString(), ["arithmetic"] = arithmetic.Name }, window.Report.Work);
                line["activation_bytes"] = window.Report.ArenaBytes + window.Report.InputBytes;
                line["parameter_bytes"] = window.Report.ConstantBytes;
                line["run"] = window.RunDescription;
                Console.WriteLine(
                    $"{options.Size} {arithmetic.Name,-5} {times.Median,9:F3} ms (least {times.Milliseconds.Min():F3}, {times.Milliseconds.Count} runs) {(double)line["tflops"]!,8:F2} TFLOP/s, activations and workspace {(long)line["activation_bytes"]! >> 20} MiB{(window.RunDescription.Length > 0 ? $"; {window.RunDescription}" : "")}");
                results.Add(line);
            }
            catch (StuNetException reason)
            {
                Console.WriteLine($"{options.Size} {arithmetic.Name}: not measured, {reason.Message}");
                results.Add(new JsonObject { ["size"] = options.Size.ToString(), ["arithmetic"] = arithmetic.Name, ["absent"] = reason.Message });
                failed++;
            }
        }

        return failed == 0 ? 0 : 1;
    }
}
