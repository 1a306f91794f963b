using STUNet.Core;

namespace STUNet.Imaging;

/// <summary>Reads one file format. Implementations hold no state and are safe to use from several threads.</summary>
public interface IVolumeReader
{
    /// <summary>The format's name, for messages.</summary>
    string Format { get; }

    /// <summary>Whether the file is of this format, by its name or its first bytes. Opens no other file and throws nothing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="start">The first bytes of the file, up to 1024, inflated where the file is gzip; empty to judge by the name alone.</param>
    bool Recognises(string path, ReadOnlySpan<byte> start);

    /// <summary>Reads the file: scaling applied, binary32, axis order (z, y, x), no reorientation.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The volume; voxels that are not finite are kept (<see cref="Volume.FirstNonFinite"/>).</returns>
    /// <exception cref="InvalidFileException">The file is missing, damaged, or not a single scalar volume.</exception>
    Volume Read(string path);
}
