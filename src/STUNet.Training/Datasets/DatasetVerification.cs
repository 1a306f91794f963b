using System.Collections.Immutable;
using System.Text.RegularExpressions;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>
/// The result of reading a whole data set and checking what nnU-Net's <c>verify_dataset_integrity</c> checks: files, sizes, spacings, places, finite
/// voxels, declared and consecutive labels. Nothing stops at the first fault.
/// </summary>
public sealed partial record DatasetVerification
{
    /// <summary>Name of the report beside the plans.</summary>
    public const string FileName = "verification.json";

    /// <summary>The data set's name.</summary>
    public required string Dataset { get; init; }

    /// <summary>What was read, in the order of the cases.</summary>
    public required ImmutableArray<VerifiedCase> Cases { get; init; }

    /// <summary>What is wrong with the data set as a whole.</summary>
    public required ImmutableArray<VerificationFinding> DatasetFindings { get; init; }

    /// <summary>Everything found, the data set's own first.</summary>
    public IEnumerable<VerificationFinding> Findings => DatasetFindings.Concat(Cases.SelectMany(entry => entry.Findings));

    /// <summary>Number of errors.</summary>
    public int Errors => Findings.Count(finding => finding.Severity == FindingSeverity.Error);

    /// <summary>Number of warnings.</summary>
    public int Warnings => Findings.Count(finding => finding.Severity == FindingSeverity.Warning);

    /// <summary>Whether the data set can be used.</summary>
    public bool Passed => Errors == 0;

    /// <summary>Reads and checks every case.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="pool">The workers; each holds one volume in memory.</param>
    /// <param name="progress">Told after every case, from any worker.</param>
    /// <param name="cancellation">Stops between two cases.</param>
    public static DatasetVerification Run(RawDataset dataset, WorkerPool pool, IProgress<CaseProgress>? progress = null, CancellationToken cancellation = default)
    {
        DatasetLabels labels = dataset.Description.Labels;
        ImmutableArray<VerifiedCase> cases = [.. CaseLoop.Run(dataset.Cases, pool, progress, cancellation, entry => CaseVerification.Of(entry, labels))];
        return new DatasetVerification { Dataset = dataset.Name, Cases = cases, DatasetFindings = [.. CheckDataset(dataset, cases)] };
    }

    /// <summary>Writes the report as JSON.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    public void Write(string path) => NnunetJson.Write(path, ToJson());

    private static IEnumerable<VerificationFinding> CheckDataset(RawDataset dataset, ImmutableArray<VerifiedCase> cases)
    {
        DatasetLabels labels = dataset.Description.Labels;
        string description = Path.Combine(dataset.Folder, DatasetDescription.FileName);
        if (dataset.Description.NumTraining != cases.Length)
        {
            yield return new(
                FindingSeverity.Error, VerificationCheck.NumTraining, "", description, $"numTraining is {dataset.Description.NumTraining}, but there are {cases.Length} training cases");
        }

        if (labels.Values[^1] != labels.Values.Length - 1)
        {
            int gap = Enumerable.Range(0, labels.Values.Length).First(value => labels.Values[value] != value);
            yield return new(
                FindingSeverity.Error, VerificationCheck.ConsecutiveLabels, "", description, $"the labels are not consecutive: {gap} is missing below {labels.Values[^1]}");
        }

        foreach (LabelEntry entry in labels.Entries.Where(entry => !cases.Any(found => entry.Values.Any(found.LabelVoxels.ContainsKey))))
            yield return new(FindingSeverity.Warning, VerificationCheck.LabelsOccur, "", description, $"no case has a voxel of \"{entry.Name}\" ({string.Join(", ", entry.Values)})");
        foreach (VerificationFinding finding in CheckFolders(dataset))
            yield return finding;
    }

    /// <summary>Files that no case reads.</summary>
    private static IEnumerable<VerificationFinding> CheckFolders(RawDataset dataset)
    {
        string ending = dataset.Description.FileEnding;
        HashSet<string> known = [.. dataset.Cases.SelectMany(entry => entry.Images.Append(entry.Label)).Select(Path.GetFullPath)];
        foreach (string path in FilesOf(dataset.ImageFolder).Where(path => !known.Contains(Path.GetFullPath(path))))
        {
            // A further channel of a case changes what the network would see; anything else is left over.
            bool channel = Regex.Match(Path.GetFileName(path), $@"\A(.+)_[0-9]{{4}}{Regex.Escape(ending)}\z") is { Success: true } match
                && dataset.Cases.Any(entry => entry.Identifier == match.Groups[1].Value);
            yield return channel
                ? new(FindingSeverity.Error, VerificationCheck.Channels, "", path, $"dataset.json declares {dataset.Description.ChannelNames.Length} channels, and this file is none of them")
                : new(FindingSeverity.Warning, VerificationCheck.Channels, "", path, $"the file belongs to no case: images are named CASE_0000{ending}");
        }

        foreach (string path in FilesOf(dataset.LabelFolder).Where(path => !known.Contains(Path.GetFullPath(path))))
            yield return new(FindingSeverity.Warning, VerificationCheck.LabelFile, "", path, "the label map belongs to no image");

        static IEnumerable<string> FilesOf(string folder) => Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder).Where(path => !Path.GetFileName(path).StartsWith('.')).Order(CodePointOrder.Instance)
            : [];
    }
}
