using System.Collections.Immutable;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Asks the drivers which devices there are. Nothing is opened, and a driver that is missing or fails is a sentence, not an exception.</summary>
public static class GpuDevices
{
    // Tensor cores with bfloat16 and asynchronous copies to shared memory begin here.
    private const int LeastMajor = 8;

    // The largest group that kernels launch.
    private const int LeastGroupSize = GpuChannelPieces.GroupSize;

    private const int SharedMemoryPerGroupOptIn = 97; // CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN

    /// <summary>The devices of every API, the preferred API first.</summary>
    public static IReadOnlyList<GpuDeviceList> FindAll() => [Find(GpuDevice.Cuda), Find(GpuDevice.OpenCL)];

    /// <summary>The devices of an API.</summary>
    /// <param name="api"><see cref="GpuDevice.Cuda"/> or <see cref="GpuDevice.OpenCL"/>.</param>
    /// <exception cref="InvalidRequestException">The API is unknown.</exception>
    public static GpuDeviceList Find(string api) => List(api, Native(api));

    /// <summary>An API's devices as ILGPU knows them, in the order of <see cref="Find"/>.</summary>
    internal static ImmutableArray<ILGPU.Runtime.Device> Native(string api)
    {
        GpuDrivers.Install();
        return api switch
        {
            GpuDevice.Cuda => GpuCudaStatus.Problem() is null ? CudaDevice.GetDevices(_ => true) : [],
            GpuDevice.OpenCL => CLDevice.GetDevices(GpuDrivers.Accept),
            _ => throw new InvalidRequestException($"Device '{api}' is unknown; use {GpuDevice.OpenCL} or {GpuDevice.Cuda}."),
        };
    }

    /// <summary>Describes an API's devices.</summary>
    internal static GpuDeviceList List(string api, ImmutableArray<ILGPU.Runtime.Device> native) => new(
        api,
        [.. native.Select((device, index) => device is CudaDevice cuda ? Describe(cuda, index) : Describe((CLDevice)device, index))],
        native.Length > 0 ? "" : api == GpuDevice.Cuda ? GpuCudaStatus.Problem() ?? "the CUDA driver has no device" : OpenClAbsence());

    /// <summary>Why CUDA kernels cannot run on a device; null where they can.</summary>
    /// <param name="major">Compute capability before the point.</param>
    /// <param name="minor">Compute capability behind it.</param>
    /// <param name="hasInstructionSet">Whether its driver knows the PTX version that our instructions need, <see cref="GpuTensorCorePtx.InstructionSet"/>.</param>
    /// <param name="driver">The driver's version.</param>
    internal static string? CudaProblem(int major, int minor, bool hasInstructionSet, string driver) =>
        major < LeastMajor ? $"its compute capability is {major}.{minor}, and the kernels need {LeastMajor}.0 or later"
        : !hasInstructionSet ? $"its driver ({driver}) is too old for compute capability {major}.{minor}; update the NVIDIA driver, to one of CUDA 11.5 at least"
        : null;

    /// <summary>Why OpenCL kernels cannot run on a device; null where they can.</summary>
    /// <param name="groupSize">The most threads of a group.</param>
    internal static string? OpenClProblem(int groupSize) =>
        groupSize < LeastGroupSize ? $"its groups have at most {groupSize} threads, and the kernels need {LeastGroupSize}" : null;

    private static GpuDeviceInfo Describe(CudaDevice device, int index)
    {
        (int major, int minor) = device.Architecture is { } architecture ? (architecture.Major, architecture.Minor) : (0, 0);
        string driver = $"CUDA {device.DriverVersion.Major}.{device.DriverVersion.Minor}";
        return new GpuDeviceInfo(GpuDevice.Cuda, index, device.Name.Trim())
        {
            IsGpu = true,
            MemoryBytes = device.MemorySize,
            SharedMemoryBytes = GpuCudaCalls.Driver.DeviceAttribute(SharedMemoryPerGroupOptIn, device.DeviceId),
            Multiprocessors = device.NumMultiprocessors,
            ComputeCapability = $"{major}.{minor}",
            Driver = driver,
            Problem = CudaProblem(major, minor, device.InstructionSet is { } known && known >= GpuTensorCorePtx.InstructionSet, driver),
        };
    }

    private static GpuDeviceInfo Describe(CLDevice device, int index) => new(GpuDevice.OpenCL, index, device.Name.Trim())
    {
        IsGpu = device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU),
        MemoryBytes = device.MemorySize,
        SharedMemoryBytes = device.MaxSharedMemoryPerGroup,
        Multiprocessors = device.NumMultiprocessors,
        Driver = $"OpenCL {device.DeviceVersion}, {device.PlatformName}",
        Problem = OpenClProblem(device.MaxNumThreadsPerGroup),
    };

    private static string OpenClAbsence() => GpuDrivers.HasOpenCL
        ? "the OpenCL loader has no device; install the driver of the GPU, or the package pocl-opencl-icd to compute on the processor"
        : "no OpenCL driver was found (libOpenCL.so.1); install the driver of the GPU, or the package pocl-opencl-icd to compute on the processor";
}
