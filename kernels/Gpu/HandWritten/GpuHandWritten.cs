using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Programs written by hand as PTX, for instructions that ILGPU cannot express (wgmma and TMA of sm_90a): resources of this assembly, loaded by <see cref="GpuCudaProgram"/>. A kernel that
/// uses one is an <see cref="IKernel"/> like any other, whose step launches <see cref="GpuCudaFunction"/> on the device's stream, and which supports devices of <see cref="Capability"/> alone.
/// </summary>
internal static class GpuHandWritten
{
    /// <summary>The one compute capability that runs code of sm_90a, which is neither forward nor backward compatible.</summary>
    public const string Capability = "9.0";

    /// <summary>The text of a program.</summary>
    /// <param name="name">File name without its ending.</param>
    public static string TextOf(string name)
    {
        using Stream stream = typeof(GpuHandWritten).Assembly.GetManifestResourceStream($"{name}.ptx")
            ?? throw new InvalidOperationException($"{name}.ptx is not a resource of this assembly.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
