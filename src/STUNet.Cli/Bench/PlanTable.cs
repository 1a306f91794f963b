using System.Globalization;
using System.Text.Json.Nodes;
using STUNet.Engine;

namespace STUNet.Cli;

/// <summary>Shows what a plan does, and how long it took.</summary>
/// <param name="terminal">Where to.</param>
/// <param name="title">Network, patch and what is done with it.</param>
/// <param name="facts">The same for <c>--json</c>.</param>
/// <param name="report">The plan.</param>
internal sealed class PlanTable(CommandConsole terminal, string title, JsonObject facts, PlanReport report)
{
    private string Memory
    {
        get
        {
            string parameters = report.VariableBytes > 0
                ? $"parameters and momentum {ByteSize.Describe(report.VariableBytes)}"
                : $"weights {ByteSize.Describe(report.ConstantBytes)}";
            return $"arena {ByteSize.Describe(report.ArenaBytes)}, inputs {ByteSize.Describe(report.InputBytes)}, {parameters}";
        }
    }

    /// <summary>The steps of a plan that is not run.</summary>
    /// <param name="bodies">Kernel bodies that were compiled for it.</param>
    public void ShowPlan(int bodies)
    {
        TextTable table = new("step", "problem", "kernel", "GFLOP", "MB", "tensor cores") { LeftAligned = new HashSet<int> { 1, 2, 5 } };
        foreach (StepReport step in report.Steps)
            table.Add(step.Label, step.Problem, step.Kernel, Number(step.Work.Flops / 1e9, 2), Number(step.Work.Bytes / 1e6, 1), step.UsesTensorCores ? "yes" : "");
        double share = 100.0 * report.Steps.Where(step => step.UsesTensorCores).Sum(step => step.Work.Flops) / report.Work.Flops;
        terminal.WriteLine($"{title}, planned:");
        terminal.WriteLine(table.ToString());
        terminal.WriteLine();
        if (bodies > 0)
            terminal.WriteLine($"{bodies} kernel bodies compiled to PTX");
        terminal.WriteLine(Memory);
        terminal.WriteLine($"{Number(report.Work.Flops / 1e9, 1)} GFLOP; steps read and write {Number(report.Work.Bytes / 1e9, 2)} GB");
        terminal.WriteLine($"Tensor-core share: {Number(share, 1)} %");
        terminal.WriteJson(() =>
        {
            JsonObject result = Result(step => new JsonObject
            {
                ["step"] = step.Label,
                ["problem"] = step.Problem,
                ["kernel"] = step.Kernel,
                ["flops"] = step.Work.Flops,
                ["bytes"] = step.Work.Bytes,
                ["tensorCores"] = step.UsesTensorCores,
            });
            result["tensorCoreShare"] = share;
            return result;
        });
    }

    /// <summary>The steps of a plan with their times.</summary>
    /// <param name="times">Median times.</param>
    /// <param name="runs">Of how many runs.</param>
    /// <param name="clock">What measured the steps.</param>
    public void ShowTimes(PlanTimes times, int runs, string clock)
    {
        TextTable table = new("step", "problem", "kernel", "ms", "%", "GFLOP/s", "GB/s") { LeftAligned = new HashSet<int> { 1, 2 } };
        foreach ((StepReport step, double milliseconds) in report.Steps.Zip(times.StepMilliseconds))
        {
            table.Add(
                step.Label,
                step.Problem,
                step.Kernel,
                Number(milliseconds, 2),
                Number(100 * milliseconds / times.TotalMilliseconds, 1),
                Number(step.Work.Flops / milliseconds / 1e6, 1),
                Number(step.Work.Bytes / milliseconds / 1e6, 1));
        }

        terminal.WriteLine($"{title}, median of {runs}, steps by {clock}:");
        terminal.WriteLine(table.ToString());
        terminal.WriteLine();
        terminal.WriteLine($"total {Number(times.TotalMilliseconds, 1)} ms, {Number(report.Work.Flops / times.TotalMilliseconds / 1e6, 1)} GFLOP/s; {Memory}");
        terminal.WriteJson(() =>
        {
            Queue<double> milliseconds = new(times.StepMilliseconds);
            JsonObject result = Result(step => new JsonObject
            {
                ["step"] = step.Label,
                ["problem"] = step.Problem,
                ["kernel"] = step.Kernel,
                ["milliseconds"] = milliseconds.Dequeue(),
                ["flops"] = step.Work.Flops,
                ["bytes"] = step.Work.Bytes,
                ["candidates"] = new JsonArray([.. step.Candidates.Select(candidate => new JsonObject { ["kernel"] = candidate.Kernel, ["cost"] = candidate.Cost })]),
            });
            result["runs"] = runs;
            result["stepClock"] = clock;
            result["totalMilliseconds"] = times.TotalMilliseconds;
            return result;
        });
    }

    /// <summary>What every kernel that could do a step was predicted to cost, relative to the one taken.</summary>
    public void ShowCandidates()
    {
        TextTable table = new("step", "kernels by predicted time, 1 for the one taken") { LeftAligned = new HashSet<int> { 1 } };
        foreach (StepReport step in report.Steps.Where(step => step.Candidates.Any(candidate => candidate.Cost is > 0 and < double.MaxValue)))
        {
            double taken = step.Candidates.First(candidate => candidate.Kernel == step.Kernel).Cost;
            table.Add(
                step.Label,
                string.Join(", ", step.Candidates.Where(candidate => candidate.Cost < double.MaxValue).Select(candidate => $"{candidate.Kernel} {Number(candidate.Cost / taken, 2)}")));
        }

        terminal.WriteLine();
        terminal.WriteLine(table.ToString());
    }

    private JsonObject Result(Func<StepReport, JsonObject> describe)
    {
        JsonObject result = (JsonObject)facts.DeepClone();
        result["arenaBytes"] = report.ArenaBytes;
        result["inputBytes"] = report.InputBytes;
        result["parameterBytes"] = report.ConstantBytes + report.VariableBytes;
        result["flops"] = report.Work.Flops;
        result["bytes"] = report.Work.Bytes;
        result["steps"] = new JsonArray([.. report.Steps.Select(describe)]);
        return result;
    }

    private static string Number(double value, int digits) => double.IsFinite(value) ? value.ToString($"F{digits}", CultureInfo.InvariantCulture) : "-";
}
