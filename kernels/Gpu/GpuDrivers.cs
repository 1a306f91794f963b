using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.OpenCL;

namespace STUNet.Kernels;

/// <summary>
/// Finds the driver libraries. ILGPU imports "OpenCL" and "cuda", for which .NET probes the development names (libOpenCL.so); machines that only run
/// programs have the versioned names. The variable STUNET_OPENCL_LIBRARY names another OpenCL library, such as that of a checker.
/// </summary>
internal static class GpuDrivers
{
    private static readonly Lazy<bool> Installed = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
        return true;
    });

    /// <summary>Installs the resolver once per process, before ILGPU loads a driver.</summary>
    public static void Install() => _ = Installed.Value;

    /// <summary>
    /// Accepts every OpenCL device. ILGPU wants generic address spaces, which PoCL does not report; <see cref="GpuKernelLoader"/> removes the need for
    /// them from the program text, so they are declared present.
    /// </summary>
    public static bool Accept(CLDevice device)
    {
        SetGenericAddressSpace(device.Capabilities, true);
        return true;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_GenericAddressSpace")]
    private static extern void SetGenericAddressSpace(CLCapabilityContext capabilities, bool value);

    private static IntPtr Resolve(string library, Assembly assembly, DllImportSearchPath? path)
    {
        string[] names = library switch
        {
            "OpenCL" => Environment.GetEnvironmentVariable("STUNET_OPENCL_LIBRARY") is { Length: > 0 } chosen ? [chosen] : ["libOpenCL.so.1", "OpenCL"],
            "cuda" => ["libcuda.so.1", "cuda"],
            _ => [],
        };
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out IntPtr handle))
                return handle;
        }

        return IntPtr.Zero;
    }
}
