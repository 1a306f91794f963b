using STUNet.Core;

namespace STUNet.Inference;

/// <summary>Free space of disks.</summary>
internal static class DiskRoom
{
    /// <summary>Refuses what does not fit. Where the system does not tell the space, nothing is refused.</summary>
    /// <param name="path">A file that will be written, in a folder that exists.</param>
    /// <param name="needed">Bytes that it takes.</param>
    /// <param name="what">What takes them, as the start of a sentence.</param>
    /// <exception cref="InsufficientResourcesException">There is less.</exception>
    public static void Require(string path, long needed, string what)
    {
        if (FreeBytes(path) is { } free && free < needed)
        {
            throw new InsufficientResourcesException(
                $"{what} need up to {MiB(needed)} MiB of disk while they are written, but {MiB(free)} MiB are free where {path} goes; make room there, or choose another output folder.");
        }
    }

    private static long? FreeBytes(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            // Windows knows drives by their roots; elsewhere a disk may be mounted at any folder.
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder).AvailableFreeSpace;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static long MiB(long bytes) => bytes >> 20;
}
