using System.Diagnostics;

namespace STUNet.Kernels;

/// <summary>Has the driver compile one kernel's PTX apart from everything else, and tells what came of it: its log, registers and spills, or why it refused.</summary>
internal static class GpuCudaExamination
{
    /// <summary>Loads, asks, unloads. Needs a current CUDA context.</summary>
    /// <param name="calls">The driver.</param>
    /// <param name="name">The kernel body, for the report.</param>
    /// <param name="ptx">Its text.</param>
    /// <param name="entry">Name of the function in the text.</param>
    /// <param name="trial">Runs the function; tells in one sentence what is wrong, or null. None where loading is all.</param>
    public static GpuKernelReport Run(GpuCudaCalls calls, string name, string ptx, string entry, Func<GpuCudaFunction, string?>? trial = null)
    {
        long start = Stopwatch.GetTimestamp();
        using GpuCudaProgram program = new(calls, ptx);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (program.Problem is not null)
            return new GpuKernelReport(name, milliseconds, null, null, null, program.Log, program.Problem);
        GpuCudaFunction function = program.Function(entry);
        return new GpuKernelReport(name, milliseconds, function.Registers, function.SpilledBytes, function.SharedBytes, program.Log, trial?.Invoke(function));
    }
}
