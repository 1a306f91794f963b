using System.Buffers.Binary;
using STUNet.Core;

namespace STUNet.Imaging.Nifti;

/// <summary>Walks over header extensions. Their content is of no use here, but a chain that runs into the voxels means a damaged header.</summary>
internal static class NiftiExtensions
{
    private const int SizeAndCode = 8;

    /// <summary>Checks the chain between a header just read and the voxels.</summary>
    public static void Check(string path, NiftiHeader header, ImageInput input, long voxOffset)
    {
        Span<byte> field = stackalloc byte[SizeAndCode];
        if (input.Fill(field[..4]) < 4 || field[0] == 0)
            return;
        do
        {
            int size = 0;
            bool complete = input.Position + SizeAndCode <= voxOffset && input.Fill(field) == SizeAndCode;
            if (complete)
                size = header.BigEndian ? BinaryPrimitives.ReadInt32BigEndian(field) : BinaryPrimitives.ReadInt32LittleEndian(field);
            if (complete && size == 0)
                return;
            long end = input.Position - SizeAndCode + size;
            if (!complete || size < SizeAndCode || end > voxOffset)
                throw new InvalidFileException(path, "extension", $"a header extension does not fit before the voxels at byte {voxOffset}", "write the image again without extensions");
            input.SkipTo(end);
        }
        while (input.Position < voxOffset);
    }
}
