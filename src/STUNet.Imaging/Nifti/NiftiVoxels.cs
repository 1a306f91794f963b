using STUNet.Core;

namespace STUNet.Imaging.Nifti;

/// <summary>Streams the voxels of an image into one block of binary32, in chunks; memory is never taken on the header's word alone.</summary>
internal static class NiftiVoxels
{
    private const int ChunkBytes = 1 << 20;

    // Without knowing a gzip stream's length, take at once what this ratio of compression would give (CT has 2 to 4) and grow by the factor below.
    private const int PlausibleRatio = 64;
    private const int FirstVoxels = 1 << 20;
    private const int GrowthFactor = 4;

    /// <summary>Reads all voxels; the input stands at vox_offset.</summary>
    public static float[] Read(string path, NiftiHeader header, ImageInput input, int count)
    {
        int width = NiftiVoxelTypes.Bytes(header.DataType);
        if (count > (input.LongestContent - input.Position) / width)
            throw Short(path, count, Math.Max(0, (input.LongestContent - input.Position) / width), input.IsLengthKnown);

        VoxelConverter converter = new(header);
        byte[] chunk = new byte[Math.Min(ChunkBytes, (long)count * width)];
        float[] voxels = new float[FirstLength(input, count, width)];
        int done = 0;
        while (done < count)
        {
            int wanted = (int)Math.Min((long)chunk.Length, (long)(count - done) * width);
            int got = input.Fill(chunk.AsSpan(0, wanted)) / width;
            if (done + got > voxels.Length)
                Array.Resize(ref voxels, (int)Math.Min(count, Math.Max((long)voxels.Length * GrowthFactor, done + got)));
            converter.Convert(chunk.AsSpan(0, got * width), voxels.AsSpan(done, got));
            done += got;
            if (got < wanted / width)
                throw Short(path, count, done, isExact: true);
        }

        return voxels;
    }

    private static int FirstLength(ImageInput input, int count, int width) => input.IsLengthKnown
        ? count
        : (int)Math.Min(count, Math.Max(FirstVoxels, Math.Min(input.StoredLength, int.MaxValue) * PlausibleRatio / width));

    private static InvalidFileException Short(string path, int count, long found, bool isExact) => new(
        path,
        "voxel data",
        $"the header declares {count} voxels but {(isExact ? "" : "at most ")}{found} are stored",
        "the file is cut off or its header is wrong; copy or download it again");
}
