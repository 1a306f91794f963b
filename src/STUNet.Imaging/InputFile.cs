using STUNet.Core;

namespace STUNet.Imaging;

/// <summary>Opens files for reading, with one sentence for what can go wrong.</summary>
internal static class InputFile
{
    /// <summary>Opens a file from front to end.</summary>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidFileException(path, "", "the file does not exist", "check the path", cause);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new InvalidFileException(
                path, "", Directory.Exists(path) ? "it is a folder, not an image" : "the file cannot be opened", "give a readable file", cause);
        }
    }
}
