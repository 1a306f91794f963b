using System.Text;

namespace STUNet.Kernels;

/// <summary>
/// PTX that the driver itself compiles and loads, apart from ILGPU. A refusal is an answer, not an exception: it spoils nothing for the next program. Needs a current CUDA context.
/// </summary>
internal sealed class GpuCudaProgram : IDisposable
{
    private const int LogBytes = 16 << 10;

    private readonly GpuCudaCalls _calls;
    private readonly nint _module;

    /// <summary>Loads a text.</summary>
    /// <param name="calls">The driver.</param>
    /// <param name="ptx">The text.</param>
    public GpuCudaProgram(GpuCudaCalls calls, string ptx)
    {
        byte[] log = new byte[LogBytes];
        byte[] errors = new byte[LogBytes];
        _calls = calls;
        _module = calls.LoadModule([.. Encoding.UTF8.GetBytes(ptx), 0], log, errors, out string? problem);
        Log = Text(log);
        Problem = problem is null ? null : $"{problem}: {Text(errors)}".TrimEnd(':', ' ');
    }

    /// <summary>What the compiler told.</summary>
    public string Log { get; }

    /// <summary>Why the driver refuses the text, with its compiler's reason; null where it is loaded.</summary>
    public string? Problem { get; }

    /// <summary>A function of a loaded text.</summary>
    /// <param name="entry">Its name there.</param>
    public GpuCudaFunction Function(string entry) => new(_calls, _calls.ModuleFunction(_module, entry));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_module != 0)
            _calls.UnloadModule(_module);
    }

    private static string Text(byte[] buffer)
    {
        int end = Array.IndexOf(buffer, (byte)0);
        return Encoding.UTF8.GetString(buffer, 0, end < 0 ? buffer.Length : end).Trim();
    }
}
