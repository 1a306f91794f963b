namespace STUNet.Kernels;

/// <summary>A device as its driver describes it, and whether the kernels can run on it.</summary>
/// <param name="Api"><see cref="GpuDevice.Cuda"/> or <see cref="GpuDevice.OpenCL"/>.</param>
/// <param name="Index">Its position among the devices of the API, as the driver counts them.</param>
/// <param name="Name">What the driver calls it.</param>
public sealed record GpuDeviceInfo(string Api, int Index, string Name)
{
    /// <summary>What <c>--device</c> calls it, such as <c>cuda:0</c>.</summary>
    public string Id => $"{Api}:{Index}";

    /// <summary>Whether it is a GPU; OpenCL drivers may compute on the processor too.</summary>
    public bool IsGpu { get; init; }

    /// <summary>Its memory in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>The most bytes of shared memory that a group may take.</summary>
    public long SharedMemoryBytes { get; init; }

    /// <summary>Its multiprocessors, or OpenCL's compute units.</summary>
    public int Multiprocessors { get; init; }

    /// <summary>CUDA's compute capability, such as <c>9.0</c>; null elsewhere.</summary>
    public string? ComputeCapability { get; init; }

    /// <summary>The driver and its version.</summary>
    public string Driver { get; init; } = "";

    /// <summary>Why the kernels cannot run on it, such as <c>its compute capability is 7.0, and the kernels need 8.0</c>; null where they can.</summary>
    public string? Problem { get; init; }
}
