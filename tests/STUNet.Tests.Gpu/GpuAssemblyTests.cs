using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ILGPU.Runtime.Cuda;
using STUNet.Kernels;

namespace STUNet.Tests.Gpu;

/// <summary>Every kernel body through NVIDIA's assembler, which needs no GPU: the text is accepted, nothing is spilled, and the registers of a tensor-core tile leave room for other groups.</summary>
public sealed partial class GpuAssemblyTests
{
    private const string Variable = "STUNET_PTXAS";

    // Of an H100: a multiprocessor's registers, given to threads by eights.
    private const int Registers = 65536;

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    public async Task Assemble_EveryBody_SpillsNothingAndLeavesRoomForOtherGroups(int major)
    {
        if (major == 8)
            LongTests.Require("every body assembled for compute capability 8.0 too, most of a minute");
        CudaArchitecture architecture = new(major, 0);
        string ptxas = Ptxas();
        (string Name, string Ptx)[] kernels = [.. GpuKernelTable.Bodies.Select(body => (GpuKernelLoader.NameOf(body), Ptx.Compile(body, architecture)))];
        ConcurrentBag<string> failures = [];
        await Parallel.ForEachAsync(kernels, TestContext.Current.CancellationToken, async (kernel, cancellation) =>
        {
            if (await ProblemOf(ptxas, $"sm_{major}0", kernel.Name, kernel.Ptx, cancellation) is { } problem)
                failures.Add($"{kernel.Name}: {problem}");
        });
        Assert.Empty(failures);
    }

    /// <summary>The hand-written program, for the one architecture that has its instructions.</summary>
    [Fact]
    public async Task Assemble_HandWrittenProbe_SpillsNothing()
    {
        using StreamReader text = new(typeof(GpuSm90Probe).Assembly.GetManifestResourceStream(typeof(GpuSm90Probe).Assembly.GetManifestResourceNames().Single(name => name.EndsWith("Sm90Probe.ptx", StringComparison.Ordinal)))!);
        Assert.Null(await ProblemOf(Ptxas(), "sm_90a", "probe", await text.ReadToEndAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken));
    }

    private static string Ptxas()
    {
        string ptxas = Environment.GetEnvironmentVariable(Variable) ?? OnPath("ptxas") ?? "";
        Assert.SkipUnless(ptxas.Length > 0, $"NVIDIA's ptxas is not on the path; install a CUDA toolkit of version 12 or later, or name the program in {Variable}");
        return ptxas;
    }

    private static async Task<string?> ProblemOf(string ptxas, string architecture, string name, string ptx, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(ptxas, [$"-arch={architecture}", "-v", "-o", "/dev/null", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        try
        {
            await process.StandardInput.WriteAsync(ptx.AsMemory(), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything; its report says why.
        }

        string report = await output + await errors;
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
            return report;
        if (Number(Spilled(), report) > 0 || Number(Stack(), report) > 0)
            return "spills to local memory";
        if (!name.Contains("Tensor", StringComparison.Ordinal))
            return null;
        int registers = (Number(Used(), report) + 7) / 8 * 8;
        int groups = Registers / (registers * GpuBlock.Threads);
        return groups < GroupsOf(name) ? $"{registers} registers leave room for {groups} groups of {GpuBlock.Threads} threads, not {GroupsOf(name)}" : null;
    }

    // Sums take 128, 64 and 32 registers of a thread. Of packing and second passes more fit. TF32 rounds its operands in registers; without tensor cores a thread holds four inner indices of all of its columns.
    private static int GroupsOf(string name) => name switch
    {
        _ when name.Contains("128x128", StringComparison.Ordinal) => 2,
        _ when name.Contains("ElementF32", StringComparison.Ordinal) => name.Contains("128x64", StringComparison.Ordinal) ? 2 : 3,
        _ when name.Contains("128x64", StringComparison.Ordinal) => name.Contains("TF32", StringComparison.Ordinal) ? 3 : 4,
        _ when name.Contains("TF32", StringComparison.Ordinal) || name.Contains("Head", StringComparison.Ordinal) => 4,
        _ => 5,
    };

    private static string? OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int Number(Regex pattern, string report) =>
        pattern.Match(report) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : throw new FormatException($"ptxas printed no '{pattern}': {report}");

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Used();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex Spilled();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex Stack();
}
