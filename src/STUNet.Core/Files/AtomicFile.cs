namespace STUNet.Core;

/// <summary>Writes a file under a temporary name beside its target and renames it when complete, so that no reader ever sees half a file.</summary>
public static class AtomicFile
{
    /// <summary>Writes <paramref name="path"/> through <paramref name="write"/>; on any failure nothing of it is left behind.</summary>
    /// <param name="path">The target; replaced if it exists.</param>
    /// <param name="write">Writes the content; given a seekable stream.</param>
    public static void Write(string path, Action<FileStream> write)
    {
        string temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.partial";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The target; replaced if it exists.</param>
    /// <param name="text">The content.</param>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
