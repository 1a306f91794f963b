using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.Cli;

/// <summary>Whether a device not only exists, but computes: it is opened, one small kernel is compiled and run, and the result looked at.</summary>
internal static class DeviceCheck
{
    private const int Elements = 1000;
    private const int Runs = 3;

    /// <summary>Tries a device.</summary>
    /// <param name="info">The device.</param>
    /// <param name="kernels">Part of the names of kernels that are compiled too; null for none, empty for all, which takes a while.</param>
    public static CheckedDevice Run(GpuDeviceInfo info, string? kernels)
    {
        if (info.Problem is not null)
            return new CheckedDevice(info, info.Problem, null, []);
        try
        {
            using GpuDevice device = GpuDevice.Open(info.Api, info.Index);
            string? problem = Adds(device, out string replay) ? null : "its driver computes wrong results; update it";
            long? free = device.Room?.FreeBytes;
            return new CheckedDevice(info, problem, free, kernels is null ? [] : [.. device.CompileAll(kernels)], replay);
        }
        catch (InvalidRequestException failure)
        {
            return new CheckedDevice(info, failure.Message.TrimEnd('.'), null, []);
        }
    }

    // y = x + x, then x = y + y, three times as a plan runs: launched, recorded, replayed. The third leaves 64 times the values.
    private static bool Adds(GpuDevice device, out string replay)
    {
        TensorDesc desc = new(new Shape(1, 1, 1, 1, Elements));
        float[] values = [.. Enumerable.Range(0, Elements).Select(i => (float)i)];
        using DeviceMemory memory = device.Allocate(2 * desc.ByteLength);
        TensorView x = new(memory, 0, desc);
        TensorView y = new(memory, desc.ByteLength, desc);
        device.Upload(MemoryMarshal.AsBytes<float>(values), memory, 0);
        AddOp op = new();
        IKernel kernel = device.KernelsFor(op).First(kernel => kernel.Supports(op, [desc, desc, desc], device.Caps));
        using StepRunner runner = device.CreateRunner([kernel.Bind(op, [x, x, y], default, device), kernel.Bind(op, [y, y, x], default, device)]);
        for (int run = 0; run < Runs; run++)
            runner.Run(new RunContext());
        float[] sums = new float[Elements];
        device.Download(memory, x.ByteOffset, MemoryMarshal.AsBytes(sums.AsSpan()));
        replay = runner.Description;
        return sums.AsSpan().SequenceEqual([.. values.Select(value => value * MathF.Pow(4, Runs))]);
    }
}
