using System.Runtime.InteropServices;
using STUNet.Core;
using STUNet.Engine;

namespace STUNet.Cli;

/// <summary>Moves values between plans (padded, channels last) and files (dense NCDHW).</summary>
internal static class DenseTensor
{
    /// <summary>Fills an input of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="device">Its device.</param>
    /// <param name="name">The input.</param>
    /// <param name="dense">Its values, NCDHW.</param>
    public static void Write(Plan plan, Device device, string name, ReadOnlySpan<float> dense)
    {
        TensorView view = plan.View(name);
        float[] stored = new float[view.Desc.ElementCount];
        for (long i = 0; i < dense.Length; i++)
            stored[StoredIndex(view.Desc, i)] = dense[(int)i];
        device.Upload(MemoryMarshal.AsBytes<float>(stored), view.Memory, view.ByteOffset);
    }

    /// <summary>Reads a float32 value of a plan after a run, NCDHW.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="device">Its device.</param>
    /// <param name="name">The value.</param>
    public static float[] Read(Plan plan, Device device, string name)
    {
        TensorView view = plan.View(name);
        float[] stored = new float[view.Desc.ElementCount];
        device.Download(view.Memory, view.ByteOffset, MemoryMarshal.AsBytes(stored.AsSpan()));
        float[] dense = new float[view.Desc.Shape.Count];
        for (long i = 0; i < dense.Length; i++)
            dense[i] = stored[StoredIndex(view.Desc, i)];
        return dense;
    }

    private static long StoredIndex(TensorDesc desc, long denseIndex)
    {
        if (desc.Layout == Layout.NCDHW)
            return denseIndex;
        long voxels = desc.Shape.Voxels;
        long plane = denseIndex / voxels;
        long voxel = denseIndex % voxels;
        return (((plane / desc.Shape.C * voxels) + voxel) * desc.ChannelPitch) + (plane % desc.Shape.C);
    }
}
