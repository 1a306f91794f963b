using System.Globalization;

namespace STUNet.Kernels;

/// <summary>Whether there is a CUDA driver that works. ILGPU only reports that there are no devices, whatever the reason.</summary>
internal static class GpuCudaStatus
{
    private const int NoDevice = 100; // CUDA_ERROR_NO_DEVICE

    private static readonly Lazy<string?> OfThisMachine = new(() => Problem(new GpuCudaDriver()));

    /// <summary>Why CUDA cannot be used on this machine, with the remedy; null where it can. Found out once per process.</summary>
    public static string? Problem() => OfThisMachine.Value;

    /// <summary>Why CUDA cannot be used with a driver, with the remedy; null where it can.</summary>
    public static string? Problem(IGpuCudaDriver driver)
    {
        try
        {
            int result = driver.Initialise(0);
            int count = 0;
            if (result == 0)
                result = driver.DeviceCount(out count);
            return result == NoDevice || (result == 0 && count == 0)
                ? "the NVIDIA driver found no GPU; check that the machine has one, and that it is not hidden by CUDA_VISIBLE_DEVICES or a container"
                : result == 0 ? null : $"the CUDA driver does not start ({Describe(driver, result)}); update the NVIDIA driver";
        }
        catch (Exception missing) when (missing is DllNotFoundException or BadImageFormatException)
        {
            return $"no CUDA driver was found ({(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1")}); install the NVIDIA driver";
        }
        catch (EntryPointNotFoundException)
        {
            return "the CUDA driver is too old; update the NVIDIA driver";
        }
    }

    /// <summary>A result code in the driver's words.</summary>
    public static string Describe(IGpuCudaDriver driver, int error) => driver.Describe(error) is ({ Length: > 0 } name, { } text)
        ? string.Create(CultureInfo.InvariantCulture, $"{name}, {text}, code {error}")
        : string.Create(CultureInfo.InvariantCulture, $"code {error}");
}
