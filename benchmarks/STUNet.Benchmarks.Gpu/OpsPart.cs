using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Benchmarks.Gpu;

/// <summary>Every op case on every kernel that supports it, against the plain reference in double, and a second time for the same bits.</summary>
internal sealed class OpsPart : IPart
{
    public string Name => "ops";

    public string Proves => "every op case within its tolerance, the same bits twice";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        using GpuDevice device = options.Open();
        using CpuDevice reference = new();
        int failed = 0;
        Console.WriteLine($"{"runs",6} {"failed",6} {"of limit",9}  family");
        foreach (IGrouping<string, OpCheck> family in OpFamilies.Of(device, options).GroupBy(check => check.Family))
        {
            int runs = 0;
            double worst = 0;
            List<string> failures = [];
            foreach (OpCheck check in family)
            {
                cancellation.ThrowIfCancellationRequested();
                runs++;
                (double share, string? failure) = check.Run(device, reference);
                worst = Math.Max(worst, share);
                if (failure is not null)
                    failures.Add(failure);
            }

            failed += failures.Count;
            Console.WriteLine($"{runs,6} {failures.Count,6} {worst,9:F2}  {family.Key}");
            failures.ForEach(failure => Console.WriteLine($"       FAILED {failure}"));
            results.Add(new JsonObject
            {
                ["family"] = family.Key,
                ["runs"] = runs,
                ["failed"] = failures.Count,
                ["worst_share_of_limit"] = double.IsFinite(worst) ? worst : null,
                ["failures"] = new JsonArray([.. failures.Select(failure => (JsonNode)failure)]),
            });
        }

        foreach (string absent in OpFamilies.Unsupported(device, options))
            Console.WriteLine($"not on this device: {absent}");
        Console.WriteLine(failed == 0 ? "every case is within its tolerance" : $"{failed} FAILED");
        return failed == 0 ? 0 : 1;
    }
}
