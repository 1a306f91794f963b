using System.Security.Cryptography;
using System.Text;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>
/// Kernels as ILGPU translated them to PTX, one file each: translating those of a plan takes seconds, reading them milliseconds. A file's first line has the SHA-256 of all that follows it, then the bytes of shared memory,
/// the second what the text was made of. One that is damaged or of something else is ignored and replaced; what nobody read for <see cref="DaysKept"/> days is removed. A folder that cannot be
/// written is told once, and does without. Not thread-safe; several processes may share a folder.
/// </summary>
/// <param name="folder">The folder; made when something is kept.</param>
/// <param name="warn">Told in one sentence why nothing is kept.</param>
public sealed class GpuKernelCache(string folder, Action<string> warn)
{
    /// <summary>The environment variable that names another folder.</summary>
    public const string Variable = "STUNET_KERNEL_CACHE";

    private const string Magic = "// stunet kernel 1";
    private const string Extension = ".stunet-kernel";
    private const int DaysKept = 60;

    // The largest text has less than 1 MB.
    private const int MostBytes = 16 << 20;

    private bool _isBroken;
    private bool _isTidy;

    /// <summary>Marks a file as in use; replaced by tests.</summary>
    internal Action<string> Touch { get; init; } = path => File.SetLastWriteTimeUtc(path, DateTime.UtcNow);

    /// <summary>The folder of this user: what <see cref="Variable"/> names, else <c>stunet/kernels</c> in the folder for caches.</summary>
    public static string DefaultFolder => GpuCacheFolder.PathOf(Variable, "kernels");

    /// <summary>A text; null where there is none.</summary>
    /// <param name="made">What it is made of: programs and versions, target, kernel. One line.</param>
    internal GpuCachedKernel? Find(string made)
    {
        string path = PathOf(made);
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length > MostBytes)
                return null;
            string[] parts = File.ReadAllText(path).Split('\n', 3);
            if (parts.Length != 3 || parts[1] != $"// {made}" || parts[0].Split(" | ") is not [Magic, var hash, var shared] || hash != HashOf($"{shared}\n{parts[1]}\n{parts[2]}") || !int.TryParse(shared, out int bytes))
                return null;
            MarkAsUsed(path);
            return new GpuCachedKernel(parts[2], bytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a text.</summary>
    /// <param name="made">What it is made of.</param>
    /// <param name="kernel">The text.</param>
    internal void Keep(string made, GpuCachedKernel kernel)
    {
        if (_isBroken)
            return;
        try
        {
            Directory.CreateDirectory(folder);
            Tidy();
            string content = $"{kernel.SharedBytes}\n// {made}\n{kernel.Ptx}";
            AtomicFile.WriteText(PathOf(made), $"{Magic} | {HashOf(content)} | {content}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _isBroken = true;
            warn($"{folder}: translated kernels cannot be kept there ({failure.Message.TrimEnd('.')}); every run translates its kernels anew, unless {Variable} names a folder that can be written.");
        }
    }

    /// <summary>Removes a text, if there is one.</summary>
    /// <param name="made">What it is made of.</param>
    internal void Remove(string made)
    {
        try
        {
            File.Delete(PathOf(made));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            warn($"{PathOf(made)}: this kernel is of no use and cannot be removed ({failure.Message.TrimEnd('.')}); remove it, or have {Variable} name another folder.");
        }
    }

    // A file of another user, in a folder that several share, can be read and not touched.
    private void MarkAsUsed(string path)
    {
        try
        {
            if (File.GetLastWriteTimeUtc(path) < DateTime.UtcNow.AddDays(-1))
                Touch(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    // Once, and only by a process that adds something: files of programs that are no longer used would stay for ever.
    private void Tidy()
    {
        if (_isTidy)
            return;
        _isTidy = true;
        foreach (string old in Directory.EnumerateFiles(folder, $"*{Extension}*"))
        {
            if (File.GetLastWriteTimeUtc(old) < DateTime.UtcNow.AddDays(-DaysKept))
                File.Delete(old);
        }
    }

    private string PathOf(string made) => Path.Combine(folder, HashOf(made)[..32] + Extension);

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>A kernel in the cache.</summary>
/// <param name="Ptx">Its text.</param>
/// <param name="SharedBytes">Bytes of shared memory that the text sets aside.</param>
internal sealed record GpuCachedKernel(string Ptx, int SharedBytes);
