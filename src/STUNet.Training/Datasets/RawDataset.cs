using System.Collections.Immutable;
using System.Text.RegularExpressions;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>
/// A folder of training cases in nnU-Net's raw layout. v2 (<c>DatasetXXX_Name</c>): <c>dataset.json</c>, <c>imagesTr/CASE_0000.nii.gz</c> with one file per
/// channel, <c>labelsTr/CASE.nii.gz</c>, or the files <c>dataset.json</c> lists. v1 (<c>TaskXXX_Name</c>): the cases <c>dataset.json</c> lists under
/// <c>training</c>. Immutable.
/// </summary>
public sealed class RawDataset
{
    private RawDataset(string folder, DatasetDescription description, ImmutableArray<TrainingCase> cases)
    {
        Folder = folder;
        Description = description;
        Cases = cases;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The folder's name, by which nnU-Net calls the data set.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>What <c>dataset.json</c> says.</summary>
    public DatasetDescription Description { get; }

    /// <summary>The cases, sorted by identifier (by code points), at least one. Their files need not exist: <see cref="DatasetVerification"/> tells.</summary>
    public ImmutableArray<TrainingCase> Cases { get; }

    /// <summary>The folder of the images.</summary>
    internal string ImageFolder => Path.Combine(Folder, "imagesTr");

    /// <summary>The folder of the label maps.</summary>
    internal string LabelFolder => Path.Combine(Folder, "labelsTr");

    /// <summary>Opens a data set; reads <c>dataset.json</c> and lists the folders, no image.</summary>
    /// <param name="folder">The folder <c>DatasetXXX_Name</c> or <c>TaskXXX_Name</c>.</param>
    /// <exception cref="InvalidFileException">The folder or <c>dataset.json</c> is missing or wrong, or there is no case.</exception>
    public static RawDataset Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new InvalidFileException(folder, "", "the folder does not exist", "give the folder DatasetXXX_Name that holds dataset.json");
        string path = Path.Combine(folder, DatasetDescription.FileName);
        DatasetDescription description = DatasetDescription.Read(path);
        ImmutableArray<TrainingCase> cases = description.ListedCases.IsEmpty ? CasesOfFolder(folder, description) : ListedCases(folder, description);
        ImmutableArray<TrainingCase> sorted = [.. cases.OrderBy(entry => entry.Identifier, CodePointOrder.Instance)];
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Identifier == sorted[i - 1].Identifier)
                throw new InvalidFileException(path, "training", $"the case {sorted[i].Identifier} is listed twice", "list every case once");
        }

        return new RawDataset(folder, description, sorted);
    }

    private static ImmutableArray<TrainingCase> ListedCases(string folder, DatasetDescription description) =>
    [
        .. description.ListedCases.Select(entry => entry with
        {
            Images = [.. entry.Images.Select(image => Path.GetFullPath(Path.Combine(folder, image)))],
            Label = Path.GetFullPath(Path.Combine(folder, entry.Label)),
        }),
    ];

    private static ImmutableArray<TrainingCase> CasesOfFolder(string folder, DatasetDescription description)
    {
        string images = Path.Combine(folder, "imagesTr");
        if (!Directory.Exists(images))
            throw new InvalidFileException(images, "", "the folder does not exist", "put the images there as CASE_0000" + description.FileEnding);
        Regex name = new($"\\A(.+)_[0-9]{{4}}{Regex.Escape(description.FileEnding)}\\z", RegexOptions.CultureInvariant);
        // Files that begin with a dot are left behind by archives made on other systems.
        string[] identifiers =
        [
            .. Directory.EnumerateFiles(images)
                .Select(path => name.Match(Path.GetFileName(path)))
                .Where(match => match.Success && !match.Value.StartsWith('.'))
                .Select(match => match.Groups[1].Value)
                .Distinct(),
        ];
        if (identifiers.Length == 0)
        {
            throw new InvalidFileException(
                images, "", $"no image CASE_0000{description.FileEnding}", "name the images by case and channel, and let file_ending in dataset.json say how they end");
        }

        return
        [
            .. identifiers.Select(identifier => new TrainingCase(
                identifier,
                [.. Enumerable.Range(0, description.ChannelNames.Length).Select(channel => TrainingCase.ChannelPath(Path.Combine(images, identifier), channel, description.FileEnding))],
                Path.Combine(folder, "labelsTr", identifier + description.FileEnding))),
        ];
    }
}
