namespace STUNet.Kernels;

/// <summary>The devices of one API.</summary>
/// <param name="Api"><see cref="GpuDevice.Cuda"/> or <see cref="GpuDevice.OpenCL"/>.</param>
/// <param name="Devices">In the driver's order; usable or not.</param>
/// <param name="Absence">Why there are none, with the remedy, such as <c>no CUDA driver was found (libcuda.so.1); install the NVIDIA driver</c>; empty otherwise.</param>
public sealed record GpuDeviceList(string Api, IReadOnlyList<GpuDeviceInfo> Devices, string Absence);
