using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace STUNet.Imaging.Nifti;

/// <summary>
/// Stored voxels to binary32: value * slope + intercept in binary64 with a rounding after each operation, then one rounding to binary32, which
/// is what nibabel's scaled data cast to float32 are.
/// </summary>
internal sealed class VoxelConverter
{
    private readonly NiftiVoxelType _type;
    private readonly bool _swap;
    private readonly double _slope;
    private readonly double _intercept;
    private readonly bool _scaled;

    public VoxelConverter(NiftiHeader header)
    {
        _type = header.DataType;
        _swap = header.BigEndian == BitConverter.IsLittleEndian;
        bool applies = double.IsFinite(header.Slope) && header.Slope != 0;
        _slope = applies ? header.Slope : 1;
        _intercept = applies ? header.Intercept : 0;
        _scaled = _slope != 1 || _intercept != 0;
    }

    /// <summary>Converts voxels; the raw bytes are changed where the file's byte order is not this machine's.</summary>
    public void Convert(Span<byte> raw, Span<float> voxels)
    {
        switch (_type)
        {
            case NiftiVoxelType.UInt8:
                Convert<byte>(raw, voxels);
                break;
            case NiftiVoxelType.Int8:
                Convert(MemoryMarshal.Cast<byte, sbyte>(raw), voxels);
                break;
            case NiftiVoxelType.Int16:
                Span<short> words = Ordered<short>(raw, static span => BinaryPrimitives.ReverseEndianness(span, span));
                if (_scaled)
                    Convert(words, voxels);
                else
                    Widen(words, voxels);
                break;
            case NiftiVoxelType.UInt16:
                Convert(Ordered<ushort>(raw, static span => BinaryPrimitives.ReverseEndianness(span, span)), voxels);
                break;
            case NiftiVoxelType.Int32:
                Convert(Ordered<int>(raw, static span => BinaryPrimitives.ReverseEndianness(span, span)), voxels);
                break;
            case NiftiVoxelType.UInt32:
                Convert(Ordered<uint>(raw, static span => BinaryPrimitives.ReverseEndianness(span, span)), voxels);
                break;
            case NiftiVoxelType.Int64:
                Convert(Ordered<long>(raw, static span => BinaryPrimitives.ReverseEndianness(span, span)), voxels);
                break;
            case NiftiVoxelType.UInt64:
                Convert(Ordered<ulong>(raw, static span => BinaryPrimitives.ReverseEndianness(span, span)), voxels);
                break;
            case NiftiVoxelType.Float32:
                Ordered<int>(raw, static span => BinaryPrimitives.ReverseEndianness(span, span));
                Span<float> singles = MemoryMarshal.Cast<byte, float>(raw);
                if (_scaled)
                    Convert(singles, voxels);
                else
                    singles.CopyTo(voxels);
                break;
            default:
                Ordered<long>(raw, static span => BinaryPrimitives.ReverseEndianness(span, span));
                Convert(MemoryMarshal.Cast<byte, double>(raw), voxels);
                break;
        }
    }

    private Span<T> Ordered<T>(Span<byte> raw, Swap<T> swap)
        where T : unmanaged
    {
        Span<T> values = MemoryMarshal.Cast<byte, T>(raw);
        if (_swap)
            swap(values);
        return values;
    }

    private void Convert<T>(ReadOnlySpan<T> values, Span<float> voxels)
        where T : unmanaged, INumber<T>
    {
        if (_scaled)
        {
            for (int i = 0; i < values.Length; i++)
                voxels[i] = (float)((double.CreateTruncating(values[i]) * _slope) + _intercept);
        }
        else
        {
            for (int i = 0; i < values.Length; i++)
                voxels[i] = (float)double.CreateTruncating(values[i]);
        }
    }

    private static void Widen(ReadOnlySpan<short> values, Span<float> voxels)
    {
        int at = 0;
        for (; at <= values.Length - Vector<short>.Count; at += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(values[at..]), out Vector<int> low, out Vector<int> high);
            Vector.ConvertToSingle(low).CopyTo(voxels[at..]);
            Vector.ConvertToSingle(high).CopyTo(voxels[(at + Vector<int>.Count)..]);
        }

        for (; at < values.Length; at++)
            voxels[at] = values[at];
    }

    private delegate void Swap<T>(Span<T> values);
}
