using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Cli;

/// <summary>Whether a device not only exists, but computes: it is opened, one small kernel is compiled and run, and the result looked at.</summary>
internal static class DeviceCheck
{
    private const int Elements = 1000;

    /// <summary>Tries a device.</summary>
    /// <param name="info">The device.</param>
    /// <param name="withKernels">Whether every kernel is compiled, which takes a while.</param>
    public static CheckedDevice Run(GpuDeviceInfo info, bool withKernels)
    {
        if (info.Problem is not null)
            return new CheckedDevice(info, info.Problem, null, []);
        try
        {
            using GpuDevice device = GpuDevice.Open(info.Api, info.Index);
            string? problem = Adds(device) ? null : "its driver computes wrong results; update it";
            long? free = device.Room?.FreeBytes;
            return new CheckedDevice(info, problem, free, withKernels ? [.. device.CompileAll()] : []);
        }
        catch (InvalidRequestException failure)
        {
            return new CheckedDevice(info, failure.Message.TrimEnd('.'), null, []);
        }
    }

    private static bool Adds(GpuDevice device)
    {
        TensorDesc desc = new(new Shape(1, 1, 1, 1, Elements));
        float[] values = [.. Enumerable.Range(0, Elements).Select(i => (float)i)];
        using DeviceMemory memory = device.Allocate(2 * desc.ByteLength);
        TensorView x = new(memory, 0, desc);
        TensorView y = new(memory, desc.ByteLength, desc);
        device.Upload(MemoryMarshal.AsBytes<float>(values), memory, 0);
        AddOp op = new();
        device.KernelsFor(op)[0].Bind(op, [x, x, y], default, device).Run(new RunContext());
        float[] sums = new float[Elements];
        device.Download(memory, y.ByteOffset, MemoryMarshal.AsBytes(sums.AsSpan()));
        return sums.AsSpan().SequenceEqual([.. values.Select(value => value + value)]);
    }
}
