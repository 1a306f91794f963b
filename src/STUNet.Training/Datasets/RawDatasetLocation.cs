using System.Text.Json.Nodes;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>
/// The file <c>raw_dataset.json</c> of a preprocessed data set: where the raw one lies, which the final validation reads. As a path relative to the file
/// first, so that both may be moved together, and as a full one.
/// </summary>
public static class RawDatasetLocation
{
    /// <summary>Name of the file in the folder of the preprocessed data set.</summary>
    public const string FileName = "raw_dataset.json";

    /// <summary>Notes down where a data set lies.</summary>
    /// <param name="preprocessed">The folder of the preprocessed data set.</param>
    /// <param name="dataset">The raw data set.</param>
    public static void Write(string preprocessed, RawDataset dataset)
    {
        string full = Path.GetFullPath(dataset.Folder);
        NnunetJson.Write(Path.Combine(preprocessed, FileName), new JsonObject
        {
            ["relative"] = Path.GetRelativePath(Path.GetFullPath(preprocessed), full),
            ["full"] = full,
        });
    }

    /// <summary>Opens the raw data set.</summary>
    /// <param name="preprocessed">The folder of the preprocessed data set.</param>
    /// <exception cref="InvalidFileException">There is no note, or no data set where it says.</exception>
    public static RawDataset Open(string preprocessed)
    {
        string path = Path.Combine(preprocessed, FileName);
        (string relative, string full) = JsonInput.Read(path, root => (root["relative"].Text(), root["full"].Text()));
        if (relative.Contains('\0') || full.Contains('\0'))
            throw new InvalidFileException(path, "full", "expected paths", "name the raw data set by --raw");
        string? found = Array.Find([Path.GetFullPath(Path.Combine(preprocessed, relative)), full], Directory.Exists);
        return RawDataset.Open(found ?? throw new InvalidFileException(path, "full", $"there is no raw data set {full} any more", "name the one to validate on by --raw"));
    }
}
