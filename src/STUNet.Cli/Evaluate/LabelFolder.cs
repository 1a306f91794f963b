using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Cli;

/// <summary>The label maps of a folder by case name, which is the file name without extension.</summary>
internal static class LabelFolder
{
    private static readonly string[] Extensions = [".gz", ".nii", ".hdr"];

    /// <summary>Lists a folder.</summary>
    /// <exception cref="InvalidFileException">No such folder, no label map in it, or a case is there twice.</exception>
    public static SortedDictionary<string, string> List(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InvalidFileException(folder, "", "no such folder", "check the path");
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (string path in Directory.GetFiles(folder).Where(IsImage).Order(StringComparer.Ordinal))
        {
            if (!files.TryAdd(CaseOf(path), path))
                throw new InvalidFileException(path, "", $"case {CaseOf(path)} is there twice, also as {files[CaseOf(path)]}", "remove one of them");
        }

        return files.Count > 0 ? files : throw new InvalidFileException(folder, "", "no label map in this folder", "put .nii.gz or .nii files there, or give another folder");
    }

    // Of a header/image pair the header stands for both.
    private static bool IsImage(string path) => VolumeFile.HasReadableName(path) && !path.EndsWith(".img", StringComparison.OrdinalIgnoreCase) && !path.EndsWith(".img.gz", StringComparison.OrdinalIgnoreCase);

    private static string CaseOf(string path)
    {
        string name = Path.GetFileName(path);
        foreach (string extension in Extensions)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                name = name[..^extension.Length];
        }

        return name;
    }
}
