using System.Buffers.Binary;
using STUNet.Core;

namespace STUNet.Imaging.Nifti;

/// <summary>Reads a header out of untrusted bytes and refuses what the pipeline could not use: one error per file, naming the field.</summary>
internal static class NiftiHeaderParser
{
    /// <summary>Bytes that are enough to parse any header.</summary>
    public const int LongestHeader = 540;

    /// <summary>Whether bytes begin like a NIfTI header: sizeof_hdr in either byte order and the magic of its version.</summary>
    public static bool Recognises(ReadOnlySpan<byte> start) =>
        start.Length >= 4 && LayoutOf(start, out _) is { } layout && start.Length >= layout.Length
        && (HasMagic(layout, start, single: true) || HasMagic(layout, start, single: false));

    /// <summary>Whether bytes begin like a header of version 2, which is longer than version 1.</summary>
    public static bool IsVersion2(ReadOnlySpan<byte> start) => LayoutOf(start, out _) == NiftiLayout.Version2;

    /// <summary>Parses and checks a header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="start">The first bytes of the file, <see cref="LongestHeader"/> of them where the file is that long.</param>
    /// <param name="single">Whether header and voxels share one file.</param>
    public static NiftiHeader Parse(string path, ReadOnlySpan<byte> start, bool single)
    {
        if (start.Length < 4)
            throw new InvalidFileException(path, "", $"{start.Length} bytes are no NIfTI header", "copy or download the file again");
        NiftiLayout layout = LayoutOf(start, out bool bigEndian) ?? throw new InvalidFileException(
            path, "sizeof_hdr", $"expected 348 (NIfTI-1) or 540 (NIfTI-2), found {BinaryPrimitives.ReadInt32LittleEndian(start)}", "give a NIfTI image");
        if (start.Length < layout.Length)
            throw new InvalidFileException(path, "", $"the header is cut off after {start.Length} of {layout.Length} bytes", "copy or download the file again");
        if (!HasMagic(layout, start, single))
        {
            throw new InvalidFileException(
                path,
                "magic",
                HasMagic(layout, start, !single)
                    ? single ? "it belongs to a header/image pair, not to a single file" : "it belongs to a single file, not to a header/image pair"
                    : "it is neither that of a NIfTI file nor that of a header/image pair",
                single ? "name the pair .hdr and .img, or convert the image to NIfTI" : "name the file .nii, or convert the image to NIfTI");
        }

        NiftiHeader header = new(layout, bigEndian, start[..layout.Length].ToArray());
        CheckDim(path, header);
        CheckType(path, header);
        CheckOffset(path, header, single);
        CheckScaling(path, header);
        return header;
    }

    private static NiftiLayout? LayoutOf(ReadOnlySpan<byte> start, out bool bigEndian)
    {
        int little = BinaryPrimitives.ReadInt32LittleEndian(start);
        int big = BinaryPrimitives.ReadInt32BigEndian(start);
        bigEndian = big == NiftiLayout.Version1.Length || big == NiftiLayout.Version2.Length;
        int size = bigEndian ? big : little;
        return size == NiftiLayout.Version1.Length ? NiftiLayout.Version1 : size == NiftiLayout.Version2.Length ? NiftiLayout.Version2 : null;
    }

    private static bool HasMagic(NiftiLayout layout, ReadOnlySpan<byte> start, bool single) =>
        start[layout.Magic..].StartsWith(layout.MagicBytes(single));

    private static void CheckDim(string path, NiftiHeader header)
    {
        long axes = header.Dim(0);
        if (axes is < 2 or > 7)
            throw new InvalidFileException(path, "dim[0]", $"{axes} axes", "a volume has 3 axes (z, y, x)");
        long most = Array.MaxLength;
        long count = 1;
        for (int axis = 1; axis <= axes; axis++)
        {
            long size = header.Dim(axis);
            if (size < 1)
                throw new InvalidFileException(path, $"dim[{axis}]", $"the size {size} is not positive", "write the image again");
            if (axis > 3 && size != 1)
                throw new InvalidFileException(path, $"dim[{axis}]", $"the file holds {size} volumes", "give one volume per file, one file per channel");
            if (size > most / count)
                throw new InvalidFileException(path, $"dim[{axis}]", $"the image has more than {most} voxels", "crop or split it");
            count *= size;
        }
    }

    private static void CheckType(string path, NiftiHeader header)
    {
        short code = (short)header.DataType;
        int bytes = NiftiVoxelTypes.Bytes(header.DataType);
        if (bytes == 0)
        {
            throw new InvalidFileException(
                path, "datatype", $"{code} ({NiftiVoxelTypes.Describe(code)}) is not a scalar type", "store integers of 8 to 64 bits, float32 or float64");
        }

        if (header.BitPix != 8 * bytes)
        {
            throw new InvalidFileException(
                path, "bitpix", $"{header.BitPix} contradicts datatype {NiftiVoxelTypes.Describe(code)} of {8 * bytes} bits", "write the image again");
        }
    }

    private static void CheckOffset(string path, NiftiHeader header, bool single)
    {
        double offset = header.VoxOffset;
        bool defaulted = single && offset == 0;
        int least = single ? header.Layout.FirstVoxelOffset : 0;
        if (!defaulted && !(offset >= least && offset < long.MaxValue && Math.Floor(offset) == offset))
            throw new InvalidFileException(path, "vox_offset", $"{offset:R} is not a whole number from {least}", "write the image again");
    }

    private static void CheckScaling(string path, NiftiHeader header)
    {
        if (double.IsFinite(header.Slope) && header.Slope != 0 && !double.IsFinite(header.Intercept))
            throw new InvalidFileException(path, "scl_inter", $"{header.Intercept} is not finite while scl_slope is valid", "set it to 0");
    }
}
