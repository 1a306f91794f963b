using System.Buffers.Binary;

namespace STUNet.Imaging.Nifti;

/// <summary>The bytes of a NIfTI-1 or NIfTI-2 header, with access to fields in either byte order. Checks nothing.</summary>
internal sealed class NiftiHeader
{
    private readonly byte[] _bytes;

    public NiftiHeader(NiftiLayout layout, bool bigEndian, byte[] bytes)
    {
        Layout = layout;
        BigEndian = bigEndian;
        _bytes = bytes;
    }

    public NiftiLayout Layout { get; }

    public bool BigEndian { get; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    public NiftiVoxelType DataType
    {
        get => (NiftiVoxelType)Integer(Layout.DataType, 2);
        set => SetInteger(Layout.DataType, 2, (short)value);
    }

    public int BitPix
    {
        get => (int)Integer(Layout.BitPix, 2);
        set => SetInteger(Layout.BitPix, 2, value);
    }

    public double VoxOffset
    {
        get => Layout.Version == 1 ? Real(Layout.VoxOffset) : Integer(Layout.VoxOffset, 8);
        set
        {
            if (Layout.Version == 1)
                SetReal(Layout.VoxOffset, value);
            else
                SetInteger(Layout.VoxOffset, 8, (long)value);
        }
    }

    public double Slope
    {
        get => Real(Layout.Slope);
        set => SetReal(Layout.Slope, value);
    }

    public double Intercept
    {
        get => Real(Layout.Intercept);
        set => SetReal(Layout.Intercept, value);
    }

    public int QformCode
    {
        get => (int)Integer(Layout.QformCode, Layout.CodeBytes);
        set => SetInteger(Layout.QformCode, Layout.CodeBytes, value);
    }

    public int SformCode
    {
        get => (int)Integer(Layout.SformCode, Layout.CodeBytes);
        set => SetInteger(Layout.SformCode, Layout.CodeBytes, value);
    }

    public bool IsSingleFile => _bytes.AsSpan(Layout.Magic).StartsWith(Layout.MagicBytes(single: true));

    public NiftiHeader Clone() => new(Layout, BigEndian, [.. _bytes]);

    public long Dim(int index) => Integer(Layout.Dim + (index * Layout.DimBytes), Layout.DimBytes);

    public void SetDim(int index, long value) => SetInteger(Layout.Dim + (index * Layout.DimBytes), Layout.DimBytes, value);

    public double PixDim(int index) => Real(Layout.PixDim + (index * Layout.RealBytes));

    public void SetPixDim(int index, double value) => SetReal(Layout.PixDim + (index * Layout.RealBytes), value);

    /// <summary>quatern_b, c, d for index 0, 1, 2.</summary>
    public double Quatern(int index) => Real(Layout.Quatern + (index * Layout.RealBytes));

    public double Qoffset(int index) => Real(Layout.Qoffset + (index * Layout.RealBytes));

    public double Srow(int row, int column) => Real(Layout.Srow + (((row * 4) + column) * Layout.RealBytes));

    public void SetSrow(int row, int column, double value) => SetReal(Layout.Srow + (((row * 4) + column) * Layout.RealBytes), value);

    /// <summary>Sets the quaternion and its offset; qfac is pixdim[0].</summary>
    public void SetQform(NiftiQuaternion quaternion, Affine affine)
    {
        double[] components = [quaternion.B, quaternion.C, quaternion.D];
        for (int i = 0; i < 3; i++)
        {
            SetReal(Layout.Quatern + (i * Layout.RealBytes), components[i]);
            SetReal(Layout.Qoffset + (i * Layout.RealBytes), affine[i, 3]);
        }
    }

    /// <summary>Sets the bytes of a field to 0.</summary>
    public void Clear(int position, int length) => _bytes.AsSpan(position, length).Clear();

    public void SetMagic(bool single) => Layout.MagicBytes(single).CopyTo(_bytes.AsSpan(Layout.Magic));

    public void SetInteger(int position, int length, long value)
    {
        Span<byte> field = _bytes.AsSpan(position, length);
        for (int i = 0; i < length; i++)
            field[BigEndian ? length - 1 - i : i] = (byte)(value >> (8 * i));
    }

    private long Integer(int position, int length)
    {
        ReadOnlySpan<byte> field = _bytes.AsSpan(position, length);
        return (length, BigEndian) switch
        {
            (2, false) => BinaryPrimitives.ReadInt16LittleEndian(field),
            (2, true) => BinaryPrimitives.ReadInt16BigEndian(field),
            (4, false) => BinaryPrimitives.ReadInt32LittleEndian(field),
            (4, true) => BinaryPrimitives.ReadInt32BigEndian(field),
            (_, false) => BinaryPrimitives.ReadInt64LittleEndian(field),
            (_, true) => BinaryPrimitives.ReadInt64BigEndian(field),
        };
    }

    private double Real(int position) => Layout.Version == 1
        ? BitConverter.Int32BitsToSingle((int)Integer(position, 4))
        : BitConverter.Int64BitsToDouble(Integer(position, 8));

    private void SetReal(int position, double value) =>
        SetInteger(position, Layout.RealBytes, Layout.Version == 1 ? BitConverter.SingleToInt32Bits((float)value) : BitConverter.DoubleToInt64Bits(value));
}
