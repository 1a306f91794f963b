using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace STUNet.Benchmarks;

/// <summary><c>ops [BenchmarkDotNet options]</c>: times the memory-bound ops at their benchmark shapes, and the innermost loops of the convolutions.</summary>
internal static class OpsCommand
{
    public static int Run(string[] args)
    {
        // In process: the harness needs the artifacts of this build, and one warm process is what a plan runs in.
        Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(2).WithIterationCount(7);
        ManualConfig config = ManualConfig.Create(DefaultConfig.Instance)
            .AddJob(job)
            .WithArtifactsPath(Path.Combine("artifacts", "benchmarks"))
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(90));
        BenchmarkSwitcher.FromTypes([typeof(OpBenchmarks), typeof(MicroKernelBenchmarks)]).Run(args.Contains("--filter") ? args : ["--filter", "*", .. args], config);
        return 0;
    }
}
