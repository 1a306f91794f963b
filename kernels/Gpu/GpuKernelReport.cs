namespace STUNet.Kernels;

/// <summary>How a kernel body came out of a device's compiler.</summary>
/// <param name="Name">The body, such as <c>Conv3dGpu.Convolve</c>; of a generic one with its element types and tiles.</param>
/// <param name="Milliseconds">Time of compiling and loading it, by ILGPU and the driver.</param>
/// <param name="Registers">Registers of a thread; null where the driver does not tell, as under OpenCL.</param>
/// <param name="SpilledBytes">Local memory of a thread: what did not fit into registers; null likewise.</param>
/// <param name="SharedBytes">Shared memory of a group; null likewise.</param>
/// <param name="Log">What the driver's compiler told; null unless asked for by <see cref="GpuDevice.ExamineAll"/> under CUDA.</param>
/// <param name="Problem">Why it cannot be loaded, in one sentence; null where it can.</param>
public sealed record GpuKernelReport(string Name, double Milliseconds, int? Registers, int? SpilledBytes, int? SharedBytes, string? Log = null, string? Problem = null);
