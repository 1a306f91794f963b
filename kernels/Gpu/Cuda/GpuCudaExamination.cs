using System.Diagnostics;
using System.Text;

namespace STUNet.Kernels;

/// <summary>
/// Has the driver compile one kernel's PTX apart from everything else, and tells what came of it: its log, registers and spills, or why it refused. A refusal is an answer
/// here, and spoils nothing for the next kernel.
/// </summary>
internal static class GpuCudaExamination
{
    private const int LogBytes = 16 << 10;

    /// <summary>Loads, asks, unloads. Needs a current CUDA context.</summary>
    /// <param name="calls">The driver.</param>
    /// <param name="name">The kernel body, for the report.</param>
    /// <param name="ptx">Its text.</param>
    /// <param name="entry">Name of the function in the text.</param>
    public static GpuKernelReport Run(GpuCudaCalls calls, string name, string ptx, string entry)
    {
        byte[] log = new byte[LogBytes];
        byte[] errors = new byte[LogBytes];
        long start = Stopwatch.GetTimestamp();
        nint module = calls.LoadModule([.. Encoding.UTF8.GetBytes(ptx), 0], log, errors, out string? problem);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (problem is not null)
            return new GpuKernelReport(name, milliseconds, null, null, null, Text(log), $"{problem}: {Text(errors)}".TrimEnd(':', ' '));
        try
        {
            GpuCudaFunction function = new(calls, calls.ModuleFunction(module, entry));
            return new GpuKernelReport(name, milliseconds, function.Registers, function.SpilledBytes, function.SharedBytes, Text(log));
        }
        finally
        {
            calls.UnloadModule(module);
        }
    }

    private static string Text(byte[] buffer)
    {
        int end = Array.IndexOf(buffer, (byte)0);
        return Encoding.UTF8.GetString(buffer, 0, end < 0 ? buffer.Length : end).Trim();
    }
}
