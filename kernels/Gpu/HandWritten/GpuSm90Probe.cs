using System.Runtime.InteropServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>Shows on an H100 or H200 that hand-written programs of sm_90a load, start with their arguments, and write where they should.</summary>
internal static class GpuSm90Probe
{
    private const int Threads = 128; // a warp group, which wgmma's instructions want whole
    private const uint Term = 1000;

    /// <summary>Loads and runs the probe.</summary>
    /// <param name="device">A device of <see cref="GpuHandWritten.Capability"/>, whose context is current.</param>
    /// <param name="calls">The driver.</param>
    /// <param name="stream">CUstream.</param>
    /// <param name="addressOf">The address on the device of memory.</param>
    public static GpuKernelReport Run(Device device, GpuCudaCalls calls, nint stream, Func<DeviceMemory, nint> addressOf) =>
        GpuCudaExamination.Run(calls, nameof(GpuSm90Probe), GpuHandWritten.TextOf("Sm90Probe"), "stunet_sm90_probe", function =>
        {
            using DeviceMemory target = device.Allocate(Threads * sizeof(uint));
            function.Launch(stream, groups: 1, Threads, sharedBytes: 0, new Arguments { Target = addressOf(target), Term = Term });
            device.Synchronize();
            uint[] stored = new uint[Threads];
            device.Download(target, 0, MemoryMarshal.AsBytes(stored.AsSpan()));
            for (int thread = 0; thread < Threads; thread++)
            {
                if (stored[thread] != Term + thread)
                    return $"thread {thread} stored {stored[thread]} instead of {Term + thread}";
            }

            return null;
        });

    // As the program's .param: 16 bytes.
    private struct Arguments
    {
        public nint Target;
        public uint Term;
    }
}
