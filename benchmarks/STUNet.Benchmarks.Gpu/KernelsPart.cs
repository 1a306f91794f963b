using System.Text.Json.Nodes;
using STUNet.Kernels;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Every kernel body through the driver's compiler, each apart from the others: one that is refused is reported and the next is tried.</summary>
internal sealed class KernelsPart : IPart
{
    public string Name => "kernels";

    public string Proves => "the driver accepts every kernel; registers, spills and the log of its compiler";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        using GpuDevice device = options.Open();
        Console.WriteLine($"{"ms",8} {"registers",9} {"spilled",8} {"shared",7}  kernel");
        int refused = 0;
        int spilling = 0;
        int kernels = 0;
        foreach (GpuKernelReport kernel in device.ExamineAll())
        {
            cancellation.ThrowIfCancellationRequested();
            kernels++;
            refused += kernel.Problem is null ? 0 : 1;
            spilling += kernel.SpilledBytes > 0 ? 1 : 0;
            Console.WriteLine($"{kernel.Milliseconds,8:F1} {Number(kernel.Registers),9} {Number(kernel.SpilledBytes),8} {Number(kernel.SharedBytes),7}  {kernel.Name}{(kernel.Problem is { } problem ? $": REFUSED, {problem}" : "")}");
            foreach (string line in (kernel.Log ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                Console.WriteLine($"{"",36}{line}");
            results.Add(new JsonObject
            {
                ["kernel"] = kernel.Name,
                ["ms"] = kernel.Milliseconds,
                ["registers"] = kernel.Registers,
                ["spilled_bytes"] = kernel.SpilledBytes,
                ["shared_bytes"] = kernel.SharedBytes,
                ["problem"] = kernel.Problem,
                ["log"] = kernel.Log,
            });
        }

        Console.WriteLine($"{kernels} kernels, {refused} refused, {spilling} that spill");
        return refused == 0 ? 0 : 1;
    }

    private static string Number(int? value) => value?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-";
}
