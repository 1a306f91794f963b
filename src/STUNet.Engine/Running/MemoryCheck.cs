using STUNet.Core;
using static STUNet.Core.ByteCount;

namespace STUNet.Engine;

/// <summary>Compares what a plan needs with what its device has, before a byte of it is allocated.</summary>
internal static class MemoryCheck
{
    /// <summary>Checks that a plan fits.</summary>
    /// <param name="device">The device.</param>
    /// <param name="report">The plan.</param>
    /// <param name="parameterBytes">Parameters that must be brought to the device.</param>
    /// <exception cref="InsufficientResourcesException">It does not; the sentence says what is needed, what there is, and what to change.</exception>
    public static void Require(Device device, PlanReport report, long parameterBytes)
    {
        if (device.Room is not { } room)
            return;
        long needed = report.ArenaBytes + report.InputBytes + parameterBytes;
        if (needed > room.FreeBytes)
        {
            throw new InsufficientResourcesException(
                $"{device.Caps.Name} has too little memory: the network needs {Describe(needed)} ({Describe(report.ArenaBytes)} for activations, {Describe(report.InputBytes)} for inputs, "
                + $"{Describe(parameterBytes)} for weights), and {Describe(room.FreeBytes)} of {Describe(room.TotalBytes)} are free; "
                + "use a smaller patch, batch or model, close other programs that use the device, or use --device cpu.");
        }

        if (report.ArenaBytes > room.LargestBlockBytes)
        {
            throw new InsufficientResourcesException(
                $"{device.Caps.Name} gives at most {Describe(room.LargestBlockBytes)} of memory in one block, and the network's activations need {Describe(report.ArenaBytes)}; "
                + "use a smaller patch or batch, or use --device cpu.");
        }
    }
}
