using STUNet.Core;

namespace STUNet.Imaging.Nifti;

/// <summary>Reads NIfTI-1 and NIfTI-2: .nii, .nii.gz and pairs of .hdr and .img, each also with .gz.</summary>
internal sealed class NiftiReader : IVolumeReader
{
    public string Format => "NIfTI";

    public bool Recognises(string path, ReadOnlySpan<byte> start) =>
        NiftiPaths.IsSingle(path) || NiftiPaths.IsPair(path) || NiftiHeaderParser.Recognises(start);

    public Volume Read(string path)
    {
        if (!NiftiPaths.IsPair(path))
            return Read(path, InputFile.Open(path), null, null);
        (string header, string image) = NiftiPaths.Pair(path);
        Stream headerStream = InputFile.Open(header);
        try
        {
            return Read(header, headerStream, image, InputFile.Open(image));
        }
        finally
        {
            headerStream.Dispose();
        }
    }

    /// <summary>Reads from open streams and disposes of them.</summary>
    /// <param name="path">The file, or the header of a pair.</param>
    /// <param name="file">Its bytes, seekable.</param>
    /// <param name="imagePath">The image of a pair; null for a single file.</param>
    /// <param name="image">The bytes of the image of a pair; null for a single file.</param>
    internal static Volume Read(string path, Stream file, string? imagePath, Stream? image)
    {
        try
        {
            using ImageInput input = new(path, file);
            using ImageInput? second = image is null ? null : new(imagePath!, image);
            bool single = second is null;
            byte[] start = new byte[NiftiHeaderParser.LongestHeader];
            // Version 1 is shorter: read its length first, so that what follows is still ahead.
            int length = input.Fill(start.AsSpan(0, NiftiLayout.Version1.Length));
            if (length == NiftiLayout.Version1.Length && NiftiHeaderParser.IsVersion2(start))
                length += input.Fill(start.AsSpan(length));
            NiftiHeader header = NiftiHeaderParser.Parse(path, start.AsSpan(0, length), single);
            VolumeGeometry geometry = NiftiGeometry.Read(path, header);

            ImageInput voxelInput = second ?? input;
            long offset = single && header.VoxOffset == 0 ? header.Layout.FirstVoxelOffset : (long)header.VoxOffset;
            if (offset > voxelInput.LongestContent)
                throw new InvalidFileException(single ? path : imagePath!, "vox_offset", $"{offset} lies behind the end of the file", "copy or download the file again");
            if (single)
                NiftiExtensions.Check(path, header, input, offset);
            else
                input.Finish();
            voxelInput.SkipTo(offset);
            float[] voxels = NiftiVoxels.Read(single ? path : imagePath!, header, voxelInput, (int)geometry.Size.Product);
            voxelInput.Finish();
            return new Volume(geometry, voxels);
        }
        catch (IOException cause)
        {
            throw new InvalidFileException(path, "", "the file could not be read: " + cause.Message.TrimEnd('.'), "", cause);
        }
        finally
        {
            file.Dispose();
            image?.Dispose();
        }
    }
}
