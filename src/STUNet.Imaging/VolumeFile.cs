using STUNet.Core;
using STUNet.Imaging.Nifti;

namespace STUNet.Imaging;

/// <summary>Reads and writes images by whichever format recognises the file; safe to use from several threads.</summary>
public static class VolumeFile
{
    private const int StartBytes = 1024;
    private const float LargestExactLabel = 1 << 24;

    private static readonly IVolumeReader[] Readers = [new NiftiReader()];
    private static readonly IVolumeWriter[] Writers = [new NiftiWriter()];

    /// <summary>Whether a file's name is that of a readable image; used to list folders.</summary>
    /// <param name="path">The file; need not exist.</param>
    public static bool HasReadableName(string path) => Array.Exists(Readers, reader => reader.Recognises(path, []));

    /// <summary>Whether a file's name is one an image can be written under.</summary>
    /// <param name="path">The file; need not exist.</param>
    public static bool HasWritableName(string path) => Array.Exists(Writers, writer => writer.Recognises(path));

    /// <summary>An image's path without the extension that names its format: <c>ct.nii.gz</c> gives <c>ct</c>.</summary>
    /// <param name="path">The file; need not exist.</param>
    public static string WithoutExtension(string path) => Path.ChangeExtension(NiftiPaths.Bare(path), null);

    /// <summary>Reads an image: scaling applied, binary32, axis order (z, y, x), no reorientation.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">The file is missing, damaged, of an unknown format, or not a single scalar volume.</exception>
    public static Volume Read(string path)
    {
        IVolumeReader reader = Array.Find(Readers, candidate => candidate.Recognises(path, []))
            ?? FindByContent(path)
            ?? throw new InvalidFileException(path, "", "the image format is not known", $"give one of: {Formats(Readers.Select(known => known.Format))}");
        return reader.Read(path);
    }

    /// <summary>Reads a label map, whole numbers from 0 up.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">As <see cref="Read"/>, or a voxel is not a whole number from 0 to 2^24.</exception>
    public static LabelVolume ReadLabels(string path)
    {
        Volume volume = Read(path);
        Span<float> voxels = volume.Voxels;
        float largest = 0;
        for (int i = 0; i < voxels.Length; i++)
        {
            float value = voxels[i];
            if (!(value >= 0 && value <= LargestExactLabel && MathF.Truncate(value) == value))
                throw new InvalidFileException(path, "voxel data", $"the value {value:R} is not a label", "labels are whole numbers from 0 to 16777216");
            largest = Math.Max(largest, value);
        }

        LabelVolume labels = new(volume.Geometry, (uint)largest);
        for (int i = 0; i < voxels.Length; i++)
            labels[i] = (uint)voxels[i];
        return labels;
    }

    /// <summary>Writes an image. A geometry that came from a file keeps that file's header.</summary>
    /// <param name="path">The file; replaced if it exists; the extension chooses the format.</param>
    /// <param name="volume">The image.</param>
    /// <param name="storage">The type on disk.</param>
    /// <exception cref="InvalidRequestException">The extension is not known or a value does not fit the type.</exception>
    public static void Write(string path, Volume volume, VoxelStorage storage = VoxelStorage.Float32) => WriterOf(path).Write(path, volume, storage);

    /// <summary>Writes a label map in the smallest unsigned type that holds its labels; geometry and header fields as in the file its geometry came from.</summary>
    /// <param name="path">The file; replaced if it exists; the extension chooses the format.</param>
    /// <param name="labels">The label map.</param>
    /// <exception cref="InvalidRequestException">The extension is not known.</exception>
    public static void Write(string path, LabelVolume labels) => WriterOf(path).Write(path, labels);

    private static IVolumeWriter WriterOf(string path) => Array.Find(Writers, writer => writer.Recognises(path))
        ?? throw new InvalidRequestException($"{path} has no extension that images are written in; name it .nii.gz or .nii.");

    private static IVolumeReader? FindByContent(string path)
    {
        using FileStream file = InputFile.Open(path);
        using ImageInput input = new(path, file);
        byte[] start = new byte[StartBytes];
        int length = input.Fill(start);
        return Array.Find(Readers, reader => reader.Recognises(path, start.AsSpan(0, length)));
    }

    private static string Formats(IEnumerable<string> names) => string.Join(", ", names);
}
