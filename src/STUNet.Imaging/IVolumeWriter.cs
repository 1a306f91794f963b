namespace STUNet.Imaging;

/// <summary>Writes one file format. Files appear whole or not at all. Implementations hold no state and are safe to use from several threads.</summary>
public interface IVolumeWriter
{
    /// <summary>The format's name, for messages.</summary>
    string Format { get; }

    /// <summary>Whether a file of this name is written in this format.</summary>
    /// <param name="path">The file.</param>
    bool Recognises(string path);

    /// <summary>Writes an image.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="volume">The image.</param>
    /// <param name="storage">The type on disk.</param>
    void Write(string path, Volume volume, VoxelStorage storage);

    /// <summary>Writes a label map in the smallest unsigned type that holds its labels, with the geometry it was given.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="labels">The label map.</param>
    void Write(string path, LabelVolume labels);
}
