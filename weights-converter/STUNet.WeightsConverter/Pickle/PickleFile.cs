using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>A plain pickle file: plans.pkl or a checkpoint's side file.</summary>
internal static class PickleFile
{
    private const long MaxBytes = 256 << 20;

    /// <summary>The object in the file.</summary>
    /// <exception cref="InvalidFileException">Missing, damaged or hostile.</exception>
    public static PickleField Read(string path)
    {
        using RandomAccessFile file = new(path);
        if (file.Length > MaxBytes)
            throw new InvalidFileException(path, "", $"{file.Length} bytes are too many for a pickle of plans");
        return new PickleField(path, "", Unpickler.Load(new PickleInput(file, 0, file.Length, "pickle")));
    }
}
