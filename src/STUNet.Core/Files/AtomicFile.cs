using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace STUNet.Core;

/// <summary>Writes a file under a temporary name beside its target and renames it when complete, so that no reader ever sees half a file.</summary>
public static class AtomicFile
{
    private const string Extension = ".partial";

    /// <summary>
    /// Writes <paramref name="path"/> through <paramref name="write"/>; on any failure nothing of it is left behind. What a killed process left of an earlier try is removed.
    /// </summary>
    /// <param name="path">The target; replaced if it exists.</param>
    /// <param name="write">Writes the content; given a seekable stream.</param>
    public static void Write(string path, Action<FileStream> write)
    {
        string temporary = TemporaryName(path);
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

    /// <summary>
    /// Opens an empty file beside <paramref name="path"/>, for what is too large for memory on the way to it. It is removed when it is closed; what a killed process left is removed by the next try.
    /// </summary>
    /// <param name="path">The target; not touched.</param>
    public static SafeFileHandle OpenScratch(string path) =>
        File.OpenHandle(TemporaryName(path), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);

    private static string TemporaryName(string path)
    {
        RemoveAbandoned(path);
        return $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}{Extension}";
    }

    private static void RemoveAbandoned(string path)
    {
        string name = Path.GetFileName(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        if (!Directory.Exists(folder))
            return;
        try
        {
            // The name itself is no pattern: it may hold * or ?.
            foreach (string partial in Directory.EnumerateFiles(folder, $"*{Extension}").Where(file => Path.GetFileName(file).StartsWith($"{name}.", StringComparison.Ordinal)))
            {
                string[] writer = Path.GetFileName(partial)[(name.Length + 1)..].Split('-');
                if (writer.Length == 2 && int.TryParse(writer[0], NumberStyles.None, CultureInfo.InvariantCulture, out int process) && !IsRunning(process))
                    File.Delete(partial);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Another's leftover, or a folder that may be written but not listed: no reason to refuse what is to be written now.
        }
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using Process running = Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
