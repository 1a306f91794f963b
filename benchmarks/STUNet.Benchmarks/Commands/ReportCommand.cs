using STUNet.Benchmarks.Measuring;
using STUNet.Core;

namespace STUNet.Benchmarks;

/// <summary><c>report FILES...</c>: the README's tables in Markdown, from files that other commands wrote with <c>--json</c>. Of two lines for one thing the last counts.</summary>
internal static class ReportCommand
{
    private const string Mark = "\\*";

    public static int Run(string[] args)
    {
        CommandOptions options = new(args);
        if (options.Words.Count == 0)
            throw new InvalidRequestException("report needs the files that other commands wrote with --json.");
        List<BenchLine> lines = [.. options.Words.SelectMany(BenchLine.Read).Reverse().DistinctBy(line => (line.Bench, line.Size, line.Engine, line.Layer, line.Image, line.Threads, line.Simd, Patch(line), line.Classes)).Reverse()];
        Patches(lines.Where(line => line.Bench == "patch"));
        Layers(lines.Where(line => line.Bench == "layers"));
        Volumes(lines.Where(line => line.Bench == "volume"));
        foreach (string source in lines.Select(line => $"{line.Cpu}, {line.Threads} threads, commit {line.Commit}, {line.Date}").Distinct())
            Console.WriteLine($"Measured on {source}; medians.");
        foreach (string version in lines.Select(line => line.Version).Distinct())
            Console.WriteLine($"- {version}");
        if (lines.Any(IsDisturbed))
            Console.WriteLine($"{Mark} other programs used more than {QuietMachine.DisturbedCores} of a processor during these runs.");
        return 0;
    }

    private static void Patches(IEnumerable<BenchLine> lines)
    {
        IGrouping<(string, int, string, int), BenchLine>[] jobs = [.. lines.GroupBy(line => (line.Size, line.Threads, Patch(line), line.Classes))];
        if (jobs.Length == 0)
            return;
        string[] peers = [.. jobs.SelectMany(job => job).Select(line => line.Engine).Where(engine => engine != EngineSpec.Ours).Distinct()];
        Row(["one patch", "ours s", "GFLOP/s", "% of peak", "peak MiB", .. peers.SelectMany(peer => (string[])[$"{peer} s", "x ours", "peak MiB"])]);
        Row(Enumerable.Repeat("---", 5 + (3 * peers.Length)));
        foreach (IGrouping<(string Size, int Threads, string Patch, int Classes), BenchLine> job in jobs)
        {
            foreach (BenchLine ours in job.Where(line => line.Engine == EngineSpec.Ours))
            {
                string cap = ours.Simd is null ? "" : $", {ours.Simd}";
                IEnumerable<string> others = peers.SelectMany(peer => job.LastOrDefault(line => line.Engine == peer) is { } line
                    ? (string[])[Seconds(line), TextColumns.Number(line.MedianS / ours.MedianS, 2), TextColumns.Mebibytes(line.PeakRssBytes)]
                    : ["-", "-", "-"]);
                Row([
                    $"STU-Net-{job.Key.Size}, {job.Key.Patch}, {job.Key.Classes} classes{cap}", Seconds(ours), TextColumns.Number(ours.Gflops, 0),
                    TextColumns.Percent(ours.Gflops, ours.PeakGflops), TextColumns.Mebibytes(ours.PeakRssBytes), .. others]);
            }
        }

        Console.WriteLine();
    }

    private static void Layers(IEnumerable<BenchLine> lines)
    {
        IGrouping<(string, string?), BenchLine>[] layers = [.. lines.GroupBy(line => (line.Size, line.Layer))];
        if (layers.Length == 0)
            return;
        Row(["convolution", "ours ms", "GFLOP/s", "% of peak", "onnxruntime ms", "x ours"]);
        Row(Enumerable.Repeat("---", 6));
        foreach (IGrouping<(string Size, string? Layer), BenchLine> layer in layers)
        {
            BenchLine? ours = layer.LastOrDefault(line => line.Engine == EngineSpec.Ours);
            BenchLine? peer = layer.LastOrDefault(line => line.Engine != EngineSpec.Ours);
            Row([
                $"{layer.Key.Size}: {layer.Key.Layer}", Milliseconds(ours), TextColumns.Number(ours?.Gflops, 0), TextColumns.Percent(ours?.Gflops, ours?.PeakGflops),
                Milliseconds(peer), TextColumns.Number(peer?.TimesOurs, 2)]);
        }

        Console.WriteLine();
    }

    private static void Volumes(IEnumerable<BenchLine> lines)
    {
        BenchLine[] volumes = [.. lines];
        if (volumes.Length == 0)
            return;
        string[] stages = [.. volumes[0].StagesS!.Keys];
        Row(["whole volume", "total s", .. stages.Select(stage => $"{stage} s"), "outside the network", "peak MiB"]);
        Row(Enumerable.Repeat("---", 4 + stages.Length));
        foreach (BenchLine volume in volumes)
        {
            Row([
                $"{volume.Image}, STU-Net-{volume.Size}", TextColumns.Number(volume.MedianS, 1), .. stages.Select(stage => TextColumns.Number(volume.StagesS![stage], 2)),
                $"{TextColumns.Number(100 * (1 - (volume.StagesS!["network"] / volume.MedianS)), 1)} %", TextColumns.Mebibytes(volume.PeakRssBytes)]);
        }

        Console.WriteLine();
    }

    private static bool IsDisturbed(BenchLine line) => line.OthersCores > QuietMachine.DisturbedCores;

    private static string Patch(BenchLine line) => string.Join('x', line.Patch);

    private static string Seconds(BenchLine line) => TextColumns.Number(line.MedianS, 2) + (IsDisturbed(line) ? Mark : "");

    private static string Milliseconds(BenchLine? line) => line is null ? "-" : TextColumns.Number(1e3 * line.MedianS, 1) + (IsDisturbed(line) ? Mark : "");

    private static void Row(IEnumerable<string> cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");
}
