using STUNet.Kernels;

namespace STUNet.Cli;

/// <summary>A device and how it did.</summary>
/// <param name="Info">The device.</param>
/// <param name="Problem">Why it cannot be used; null where it can.</param>
/// <param name="FreeBytes">Its free memory; null where it could not be opened.</param>
/// <param name="Kernels">How each kernel came out of its compiler; empty unless asked for.</param>
/// <param name="Replay">How it replays steps, or why not (<see cref="Core.StepRunner.Description"/>); empty where there is nothing to tell.</param>
internal sealed record CheckedDevice(GpuDeviceInfo Info, string? Problem, long? FreeBytes, IReadOnlyList<GpuKernelReport> Kernels, string Replay = "");
