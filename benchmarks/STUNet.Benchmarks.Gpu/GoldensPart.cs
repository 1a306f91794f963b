using System.Text.Json.Nodes;
using STUNet.Kernels;
using STUNet.TestKit.Golden;

namespace STUNet.Benchmarks.Gpu;

/// <summary>PyTorch's stored results: ops with gradients, whole networks, ten training steps.</summary>
internal sealed class GoldensPart : IPart
{
    public string Name => "goldens";

    public string Proves => "ops, networks and training steps equal PyTorch's stored results within the stored tolerances";

    public int Run(PartOptions options, ResultFile results, CancellationToken cancellation)
    {
        if (GoldenSet.Main is not { } set)
        {
            Console.WriteLine("skipped: there are no goldens here. STUNET_GOLDEN names their folder; publish.sh packs them where shared/reference/golden lies beside the repository.");
            return IPart.Skipped;
        }

        using GpuDevice device = options.Open();
        int failed = 0;
        foreach (GoldenCheck check in GoldenChecks.Of(set, options))
        {
            cancellation.ThrowIfCancellationRequested();
            IReadOnlyList<string> differences;
            try
            {
                differences = check.Run(device);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                differences = [failure.Message];
            }

            failed += differences.Count == 0 ? 0 : 1;
            Console.WriteLine($"{(differences.Count == 0 ? "passed" : "FAILED")}  {check.Name}");
            foreach (string difference in differences)
                Console.WriteLine($"        {difference}");
            results.Add(new JsonObject
            {
                ["golden"] = check.Name,
                ["passed"] = differences.Count == 0,
                ["differences"] = new JsonArray([.. differences.Select(difference => (JsonNode)difference)]),
            });
        }

        Console.WriteLine(failed == 0 ? "every golden is within its tolerance" : $"{failed} FAILED");
        return failed == 0 ? 0 : 1;
    }
}
