using Microsoft.Win32.SafeHandles;

namespace STUNet.Core;

/// <summary>
/// A file read by position, from any thread. Plain positional reads and no memory map: a map would count into the process's resident memory
/// and kill the process when another one truncates the file.
/// </summary>
public sealed class RandomAccessFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">The file is missing or cannot be opened.</exception>
    public RandomAccessFile(string path)
    {
        Path = path;
        try
        {
            _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);
            Length = RandomAccess.GetLength(_handle);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            _handle?.Dispose();
            string problem = failure switch
            {
                FileNotFoundException or DirectoryNotFoundException => "the file does not exist",
                UnauthorizedAccessException => "the file cannot be opened (a folder, or no permission)",
                _ => $"the file cannot be opened ({failure.Message.TrimEnd('.')})",
            };
            throw new InvalidFileException(path, "", problem, "check the path", failure);
        }
    }

    /// <summary>The file, for messages.</summary>
    public string Path { get; }

    /// <summary>Bytes in the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>The bytes of a small file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">The most bytes such a file may have; checked before anything is allocated.</param>
    /// <param name="kind">What it should be, for the message, such as <c>a manifest</c>.</param>
    /// <param name="hint">What the user can do about a larger one, for the message; may be empty.</param>
    /// <exception cref="InvalidFileException">Missing, too large, or not to be read.</exception>
    public static byte[] ReadAll(string path, long most, string kind, string hint = "")
    {
        using RandomAccessFile file = new(path);
        if (file.Length > most)
            throw new InvalidFileException(path, "", $"{file.Length} bytes are too many for {kind}", hint);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(0, bytes);
        return bytes;
    }

    /// <summary>Fills <paramref name="destination"/> from a position.</summary>
    /// <param name="offset">First byte; 0 or more.</param>
    /// <param name="destination">Filled whole.</param>
    /// <param name="field">The part of the file that is read, for the message.</param>
    /// <exception cref="InvalidFileException">The file ends before, or cannot be read.</exception>
    public void ReadExactly(long offset, Span<byte> destination, string field = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        try
        {
            int read = Fill(_handle, offset, destination);
            if (read < destination.Length)
                throw new InvalidFileException(Path, field, $"the file ends at byte {Length}, {destination.Length - read} bytes short", "it is truncated; copy it again");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InvalidFileException(Path, field, $"reading failed ({failure.Message.TrimEnd('.')})", "check the disk", failure);
        }
    }

    /// <summary>Reads until a span is full or the file ends: one call of the system may give less.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="offset">First byte; 0 or more.</param>
    /// <param name="destination">Filled as far as the file goes.</param>
    /// <returns>Bytes read.</returns>
    public static int Fill(SafeFileHandle handle, long offset, Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length && RandomAccess.Read(handle, destination[done..], offset + done) is > 0 and int read)
            done += read;
        return done;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
