using System.Globalization;
using System.Text.RegularExpressions;
using STUNet.Core;
using STUNet.Imaging;

namespace STUNet.Cli;

/// <summary>
/// Finds cases by nnU-Net's naming: channel c of a case is <c>CASE_000c</c>, four digits. For a model of one channel a file without the digits is a
/// case of its own.
/// </summary>
internal static partial class CaseFinder
{
    /// <summary>The cases of a folder, sorted by name; or the one case a file belongs to.</summary>
    /// <param name="input">Folder, or the file of the first channel.</param>
    /// <param name="channels">Channels of the model.</param>
    /// <param name="warn">Told about files that no case uses.</param>
    /// <exception cref="InvalidFileException">Nothing there, or a case lacks a channel.</exception>
    public static IReadOnlyList<InputCase> Find(string input, int channels, Action<string> warn)
    {
        if (Directory.Exists(input))
            return InFolder(input, channels, warn);
        if (!File.Exists(input))
            throw new InvalidFileException(input, "", "no such file or folder", "check the path given with -i");
        return [OfFile(input, channels)];
    }

    private static InputCase OfFile(string path, int channels)
    {
        (string name, int? channel, string extension) = Split(Path.GetFileName(path));
        if (channel is null && channels == 1)
            return new InputCase(name, [path]);
        if (channel is null)
            throw new InvalidFileException(path, "", $"the model takes {channels} channels", $"name the files {name}_0000{extension} to {name}_{channels - 1:D4}{extension} and give the first");
        if (channel != 0)
            throw new InvalidFileException(path, "", "this is not the first channel", $"give {name}_0000{extension}; the others are found beside it");
        return Complete(Path.GetDirectoryName(path) ?? "", name, extension, channels);
    }

    private static List<InputCase> InFolder(string folder, int channels, Action<string> warn)
    {
        string[] files = [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Where(IsImage).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
            throw new InvalidFileException(folder, "", "no image in this folder", "put .nii.gz or .nii files there, or give another folder");
        SortedDictionary<string, InputCase> cases = new(StringComparer.Ordinal);
        foreach (string file in files)
        {
            (string name, int? channel, string extension) = Split(file);
            if (channel is null && channels > 1)
            {
                throw new InvalidFileException(
                    Path.Combine(folder, file), "", $"the name has no channel number, but the model takes {channels} channels", $"name it {name}_0000{extension} and so on");
            }

            InputCase found = channel is null ? new InputCase(name, [Path.Combine(folder, file)]) : Complete(folder, name, extension, channels);
            if (channel >= channels)
                warn($"{Path.Combine(folder, file)}: not used; the model takes {channels} channel{(channels == 1 ? "" : "s")}.");
            else if (!cases.TryAdd(name, found) && !cases[name].Channels.SequenceEqual(found.Channels))
                throw new InvalidFileException(Path.Combine(folder, file), "", $"case {name} is there twice, also as {cases[name].Channels[0]}", "remove one of them");
        }

        return [.. cases.Values];
    }

    private static InputCase Complete(string folder, string name, string extension, int channels)
    {
        string[] paths = [.. Enumerable.Range(0, channels).Select(channel => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}_{channel:D4}{extension}")))];
        string? missing = Array.Find(paths, path => !File.Exists(path));
        if (missing is not null)
            throw new InvalidFileException(missing, "", $"the file does not exist; case {name} needs {channels} channel{(channels == 1 ? "" : "s")}", "add it, or take the case away");
        return new InputCase(name, paths);
    }

    // Of a header/image pair the header stands for both.
    private static bool IsImage(string file) =>
        VolumeFile.HasReadableName(file) && !file.EndsWith(".img", StringComparison.OrdinalIgnoreCase) && !file.EndsWith(".img.gz", StringComparison.OrdinalIgnoreCase);

    private static (string Name, int? Channel, string Extension) Split(string file)
    {
        Match match = ImageName().Match(file);
        string extension = match.Groups["extension"].Value;
        return match.Groups["channel"].Success
            ? (match.Groups["name"].Value, int.Parse(match.Groups["channel"].Value, CultureInfo.InvariantCulture), extension)
            : (match.Groups["name"].Value, null, extension);
    }

    [GeneratedRegex(@"^(?<name>.+?)(_(?<channel>\d{4}))?(?<extension>(\.[A-Za-z]+)?(\.gz)?)$", RegexOptions.ExplicitCapture)]
    private static partial Regex ImageName();
}
