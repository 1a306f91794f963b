using STUNet.Benchmarks.Engines;

namespace STUNet.Benchmarks.Measuring;

/// <summary>Prints what engines did at one job.</summary>
internal static class EngineTable
{
    private const double AgreeingDifference = 1e-3;

    /// <summary>Prints a table, one row for each engine, and gives the lines for the report file.</summary>
    public static IEnumerable<BenchLine> Print(string bench, EngineJob job, string? simd, IReadOnlyList<EngineResult> results, double machinePeak, string order)
    {
        EngineResult? ours = results.FirstOrDefault(result => result is { Engine: EngineSpec.Ours, Failure: null });
        Console.WriteLine($"{"engine",-12} {"median s",9} {"min s",9} {"x ours",7} {"GFLOP/s",8} {"% peak",7} {"peak MiB",9} {"max diff",9} {"others",7} {"idle",6}  version");
        List<BenchLine> lines = [];
        foreach (EngineResult result in results)
        {
            if (result.Failure is { } reason)
            {
                Console.WriteLine($"{result.Engine,-12} is skipped: {reason}.");
                continue;
            }

            BenchLine line = BenchLine.Of(bench, job, simd, result, ours, machinePeak, order);
            lines.Add(line);
            Console.WriteLine(
                $"{line.Engine,-12} {TextColumns.Number(line.MedianS, 3),9} {TextColumns.Number(line.MinS, 3),9} {TextColumns.Number(line.TimesOurs, 2),7} "
                + $"{TextColumns.Number(line.Gflops, 1),8} {TextColumns.Percent(line.Gflops, line.PeakGflops),7} {TextColumns.Mebibytes(line.PeakRssBytes),9} "
                + $"{TextColumns.Distance(line.MaxDifference),9} {TextColumns.Number(line.OthersCores, 2),7} {TextColumns.Number(line.IdleCores, 2),6}  {line.Version}");
        }

        foreach (BenchLine line in lines.Where(line => line.MaxDifference > AgreeingDifference))
            Console.WriteLine($"WARNING: {line.Engine} computes something else: its output differs from ours by {TextColumns.Distance(line.MaxDifference)} of the largest value.");
        if (lines.Any(line => line.OthersCores > QuietMachine.DisturbedCores))
            Console.WriteLine($"WARNING: other programs used the machine during these runs (column others, in processors); compare the minima, or measure again when it is quiet.");
        return lines;
    }
}
