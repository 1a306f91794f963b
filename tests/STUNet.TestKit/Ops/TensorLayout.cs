using System.Buffers.Binary;
using STUNet.Core;

namespace STUNet.TestKit.Ops;

/// <summary>Plain conversions between dense NCDHW floats and a tensor's bytes, for the tests; padding becomes NaN (or all ones).</summary>
public static class TensorLayout
{
    /// <summary>The bytes of a tensor.</summary>
    /// <param name="desc">What it is.</param>
    /// <param name="dense">Values in NCDHW order.</param>
    public static byte[] FromDense(TensorDesc desc, ReadOnlySpan<float> dense)
    {
        byte[] bytes = new byte[desc.ByteLength];
        bytes.AsSpan().Fill(255);
        for (long i = 0; i < dense.Length; i++)
        {
            Span<byte> element = bytes.AsSpan((int)(ElementOf(desc, i) * desc.DType.Size()));
            float value = dense[(int)i];
            switch (desc.DType)
            {
                case DType.F32: BinaryPrimitives.WriteSingleLittleEndian(element, value); break;
                case DType.F16: BinaryPrimitives.WriteHalfLittleEndian(element, (Half)value); break;
                case DType.BF16: BinaryPrimitives.WriteUInt16LittleEndian(element, BFloat16.FromSingle(value)); break;
                case DType.U8: element[0] = (byte)value; break;
                case DType.U16: BinaryPrimitives.WriteUInt16LittleEndian(element, (ushort)value); break;
                default: throw new NotSupportedException($"{desc.DType}");
            }
        }

        return bytes;
    }

    /// <summary>The values of a tensor in NCDHW order.</summary>
    /// <param name="desc">What it is.</param>
    /// <param name="bytes">Its bytes.</param>
    public static float[] ToDense(TensorDesc desc, ReadOnlySpan<byte> bytes)
    {
        float[] dense = new float[desc.Shape.Count];
        for (int i = 0; i < dense.Length; i++)
        {
            ReadOnlySpan<byte> element = bytes[(int)(ElementOf(desc, i) * desc.DType.Size())..];
            dense[i] = desc.DType switch
            {
                DType.F32 => BinaryPrimitives.ReadSingleLittleEndian(element),
                DType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(element),
                DType.BF16 => BFloat16.ToSingle(BinaryPrimitives.ReadUInt16LittleEndian(element)),
                DType.U8 => element[0],
                DType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(element),
                _ => throw new NotSupportedException($"{desc.DType}"),
            };
        }

        return dense;
    }

    private static long ElementOf(TensorDesc desc, long dense)
    {
        Shape shape = desc.Shape;
        if (desc.Layout == Layout.NCDHW)
            return dense;
        long voxel = dense % shape.Voxels;
        long channel = dense / shape.Voxels % shape.C;
        long sample = dense / shape.Voxels / shape.C;
        return (((sample * shape.Voxels) + voxel) * desc.ChannelPitch) + channel;
    }
}
