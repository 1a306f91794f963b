using System.Runtime.InteropServices;
using TorchSharp;

namespace STUNet.Benchmarks.Libtorch;

/// <summary>Loads the native part.</summary>
internal static class LibtorchLibrary
{
    /// <summary>Loads it and sets its threads.</summary>
    /// <param name="threads">Threads of an op.</param>
    /// <exception cref="InvalidOperationException">It does not load; the message says why. TorchSharp's own is a page of search paths; the loader's names what is missing.</exception>
    public static void Load(int threads)
    {
        string library = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
        try
        {
            NativeLibrary.Load(library);
        }
        catch (DllNotFoundException failure)
        {
            string reason = failure.Message.Split('\n').LastOrDefault(line => line.Contains(".so", StringComparison.Ordinal))?.Trim() ?? failure.Message;
            throw new InvalidOperationException($"it does not load here: {reason.TrimEnd('.')}; it needs the libstdc++ of GCC 13 or later, as in Debian 13 or Ubuntu 24.04");
        }

        torch.set_num_threads(threads);
        torch.set_num_interop_threads(1);
    }
}
