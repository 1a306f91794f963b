using System.Runtime.InteropServices;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>Which regions a network predicts, read from its logits on the device slice by slice, so that the host never holds all of them.</summary>
internal static class PredictedRegions
{
    /// <summary>Reads them: a voxel is in every region whose logit is above 0.</summary>
    /// <param name="device">The device.</param>
    /// <param name="logits">(N, R, D, H, W), NDHWC in memory, float32.</param>
    /// <param name="predicted">[N, R, D, H, W], 1 where a voxel is in the region, else 0.</param>
    public static void Read(Device device, TensorView logits, Span<byte> predicted)
    {
        Shape shape = logits.Desc.Shape;
        int pitch = logits.Desc.ChannelPitch;
        int voxels = shape.H * shape.W;
        float[] slice = new float[voxels * pitch]; // [H, W, R]
        for (int n = 0; n < shape.N; n++)
        {
            for (int d = 0; d < shape.D; d++)
            {
                long first = (((long)n * shape.D) + d) * slice.Length;
                device.Download(logits.Memory, logits.ByteOffset + (first * sizeof(float)), MemoryMarshal.AsBytes(slice.AsSpan()));
                for (int region = 0; region < shape.C; region++)
                {
                    Span<byte> inside = predicted.Slice(((((n * shape.C) + region) * shape.D) + d) * voxels, voxels);
                    for (int i = 0; i < voxels; i++)
                        inside[i] = slice[(i * pitch) + region] > 0 ? (byte)1 : (byte)0;
                }
            }
        }
    }
}
