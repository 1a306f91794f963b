using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.OpenCL;

namespace STUNet.Kernels;

/// <summary>
/// Finds the driver libraries. ILGPU and our own imports name "OpenCL" and "cuda", for which .NET probes the development names (libOpenCL.so); machines that only run
/// programs have the versioned names. The variable STUNET_OPENCL_LIBRARY names another OpenCL library, such as that of a checker.
/// </summary>
internal static class GpuDrivers
{
    /// <summary>The name that CUDA's driver is imported by.</summary>
    public const string CudaLibrary = "cuda";

    private const string OpenClLibrary = "OpenCL";

    private static readonly Lazy<bool> Installed = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
        NativeLibrary.SetDllImportResolver(typeof(GpuDrivers).Assembly, Resolve);
        return true;
    });

    /// <summary>Whether the OpenCL loader is there; it may know no device.</summary>
    public static bool HasOpenCL => Resolve(OpenClLibrary, typeof(Context).Assembly, null) != IntPtr.Zero;

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
            OpenClLibrary => Environment.GetEnvironmentVariable("STUNET_OPENCL_LIBRARY") is { Length: > 0 } chosen ? [chosen] : ["libOpenCL.so.1", "OpenCL"],
            CudaLibrary => OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1", "cuda"],
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
