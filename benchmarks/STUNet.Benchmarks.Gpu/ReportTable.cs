using System.Globalization;
using System.Text.Json.Nodes;

namespace STUNet.Benchmarks.Gpu;

/// <summary>One table of all that a folder's result lines tell: patches and training steps beside PyTorch, the layers, and whole volumes.</summary>
internal static class ReportTable
{
    private const int WidestProblem = 90;
    private const double LeastShare = 0.4;

    /// <summary>Prints the table.</summary>
    /// <param name="folder">Folder of the parts' <c>.jsonl</c> files.</param>
    /// <returns>0, or 1 where there is no result.</returns>
    public static int Print(string folder)
    {
        JsonObject[] lines = [.. Directory.EnumerateFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines)
            .Where(line => line.Length > 0).Select(line => JsonNode.Parse(line)!.AsObject())];
        if (lines.Length == 0)
        {
            Console.WriteLine($"no results in {folder}");
            return 1;
        }

        ReportLines report = new(lines);
        foreach (JsonObject device in report.Of("device"))
            Console.WriteLine($"{device["name"]}, compute capability {device["compute_capability"] ?? "-"}, {device["driver"]}");
        Console.WriteLine($"{"what",-16} {"numbers",-7} {"ms",10} {"TFLOP/s",8} {"% peak",7} {"% roof",7} {"GB/s",8} {"MiB",8} {"torch ms",10} {"x",6} {"mem %",6}  PyTorch's configuration");
        foreach (JsonObject line in report.Of("peak"))
            Print("peak", line, report, null);
        foreach ((string part, string job, string what) in ((string, string, string)[])[("patch", "infer", "patch"), ("training", "train", "training step")])
        {
            foreach (JsonObject line in report.Of(part))
                Print($"{what} {line["size"]}", line, report, report.Torch(job, Text(line, "size"), Text(line, "arithmetic")));
        }

        foreach ((string part, string what) in ((string, string)[])[("layers", "layer"), ("backward", "backward")])
        {
            foreach (JsonObject line in report.Of(part))
                Print($"{what} {line["size"]}", line, report, null);
            foreach (IGrouping<(string, string), JsonObject> network in report.Of(part).Where(line => Number(line, "ms_median") is not null).GroupBy(line => (Text(line, "size"), Text(line, "arithmetic"))))
                PrintBelowRoofline($"{what} {network.Key.Item1}", network.Key.Item2, [.. network], report);
        }

        Console.WriteLine("% peak: of the fastest matrix product of the same numbers measured here, ours or torch.matmul. % roof: of the speed that this peak and the memory's as measured allow. x: PyTorch's time over ours. mem %: our activations and workspace of PyTorch's.");
        foreach (JsonObject line in report.Of("trajectory"))
            PrintTrajectory(line, report.TorchDistance(Text(line, "arithmetic")));
        VolumeTable.Print(report);
        return 0;
    }

    // The layers to look at: those that neither the products nor the memory explain.
    private static void PrintBelowRoofline(string what, string arithmetic, JsonObject[] lines, ReportLines report)
    {
        JsonObject[] below = [.. lines.Where(line => report.RooflineShare(line) < LeastShare)];
        string share = Show(100 * below.Sum(TimeOf) / lines.Sum(TimeOf), 0);
        Console.WriteLine($"{what,-16} {arithmetic,-7} {below.Length} of {lines.Length} distinct steps are under {100 * LeastShare:F0} % of their roofline, {share} % of the time");

        static double TimeOf(JsonObject line) => (Number(line, "ms_median") ?? 0) * (Number(line, "times_in_network") ?? 1);
    }

    private static void PrintTrajectory(JsonObject line, double? torch)
    {
        string beside = torch is not { } distance ? "PyTorch's AMP was not run" : $"PyTorch's AMP {distance:E2}: {(Number(line, "loss_distance") <= distance ? "within" : "FURTHER")}";
        Console.WriteLine($"{line["steps"]} training steps in {Text(line, "arithmetic")}: losses at most {Number(line, "loss_distance"):E2} from float32's; {beside}");
    }

    private static void Print(string what, JsonObject line, ReportLines report, JsonObject? torch)
    {
        if (line["absent"] is { } reason)
        {
            Console.WriteLine($"{what,-16} {Text(line, "arithmetic"),-7} not measured: {reason}");
            return;
        }

        string arithmetic = Text(line, "arithmetic");
        double? ms = Number(line, "ms_median");
        double? bytes = Number(line, "activation_bytes");
        double? torchMs = torch is null ? null : Number(torch, "ms_median");
        string note = torch is not null ? Text(torch, "config") : $"{Text(line, "kernel")} {Text(line, "problem")}".Trim();
        Console.WriteLine(
            $"{what,-16} {arithmetic,-7} {Show(ms, 3),10} {Show(Number(line, "tflops"), 2),8} {Show(100 * Number(line, "tflops") / report.Peak(arithmetic), 1),7} {Show(100 * report.RooflineShare(line), 0),7} {Show(Number(line, "gbs"), 0),8} "
            + $"{Show(bytes / (1 << 20), 0),8} {Show(torchMs, 3),10} {Show(torchMs / ms, 2),6} {Show(100 * bytes / (torch is null ? null : Number(torch, "activation_bytes")), 0),6}  "
            + note[..Math.Min(note.Length, WidestProblem)]);
    }

    private static string Text(JsonObject line, string field) => line[field]?.ToString() ?? "";

    private static double? Number(JsonObject line, string field) => line[field]?.GetValue<double>();

    private static string Show(double? value, int digits) => value is { } number && double.IsFinite(number) ? number.ToString($"F{digits}", CultureInfo.InvariantCulture) : "-";
}
