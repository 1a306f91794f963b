using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;
using STUNet.TestKit.Ops;

namespace STUNet.TestKit;

/// <summary>Reads and writes values of a plan as dense NCDHW floats.</summary>
public static class PlanAccess
{
    /// <summary>Fills an input.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="device">Its device.</param>
    /// <param name="name">Name of the input.</param>
    /// <param name="dense">Values in NCDHW order.</param>
    public static void Write(this Plan plan, Device device, string name, ReadOnlySpan<float> dense)
    {
        TensorView view = plan.View(name);
        device.Upload(TensorLayout.FromDense(view.Desc, dense), view.Memory, view.ByteOffset);
    }

    /// <summary>Reads a value after a run.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="device">Its device.</param>
    /// <param name="name">Name of the value.</param>
    public static float[] Read(this Plan plan, Device device, string name)
    {
        TensorView view = plan.View(name);
        byte[] bytes = new byte[view.Desc.ByteLength];
        device.Download(view.Memory, view.ByteOffset, bytes);
        return TensorLayout.ToDense(view.Desc, bytes);
    }

    /// <summary>Allocates a volume to bind to runs.</summary>
    /// <param name="device">The device.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="size">Size (z, y, x).</param>
    /// <param name="values">Its content as it lies in memory; zeros where null.</param>
    public static VolumeBinding Bind(this Device device, int channels, Int3 size, float[]? values = null)
    {
        VolumeBinding volume = new(device.Allocate(channels * size.Product * sizeof(float)), 0, channels, size);
        if (values is null)
            device.Fill(volume.Memory, 0, volume.ByteLength, 0);
        else
            device.Upload(MemoryMarshal.AsBytes<float>(values), volume.Memory, 0);
        return volume;
    }

    /// <summary>The content of a bound volume as it lies in memory.</summary>
    /// <param name="device">The device.</param>
    /// <param name="volume">The volume.</param>
    public static float[] Read(this Device device, VolumeBinding volume)
    {
        float[] values = new float[volume.ByteLength / sizeof(float)];
        device.Download(volume.Memory, volume.ByteOffset, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
