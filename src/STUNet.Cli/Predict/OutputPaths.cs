using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;

namespace STUNet.Cli;

/// <summary>Where label maps and previews go.</summary>
/// <param name="target">A file for one case, or a folder.</param>
/// <param name="isFolder">Whether it is a folder.</param>
internal sealed class OutputPaths(string target, bool isFolder)
{
    private const string LabelExtension = ".nii.gz";

    /// <summary>Decides from the names: a folder of cases gives a folder; one case gives a file, or a folder where one is named.</summary>
    /// <param name="input">What was given with -i.</param>
    /// <param name="target">What was given with -o.</param>
    /// <param name="extensions">Whether a name is that of a file to write.</param>
    /// <param name="option">The option, for the message.</param>
    /// <exception cref="InvalidRequestException">The target fits neither.</exception>
    public static OutputPaths Decide(string input, string target, Func<string, bool> extensions, string option)
    {
        if (Directory.Exists(input))
        {
            if (File.Exists(target) || extensions(target))
                throw new InvalidRequestException($"{option} {target}: the input is a folder, so this must be a folder too.");
            OutputFolder.Require(option, target);
            return new OutputPaths(target, isFolder: true);
        }

        bool isFolder = Directory.Exists(target) || Path.EndsInDirectorySeparator(target);
        if (!isFolder && !extensions(target))
            throw new InvalidRequestException($"{option} {target}: this is neither a folder nor a file name that can be written; end it in {(option == "--preview" ? ".png" : ".nii.gz or .nii, or in / for a folder")}.");
        OutputFolder.Require(option, isFolder ? target : Path.GetDirectoryName(Path.GetFullPath(target))!);
        return new OutputPaths(target, isFolder);
    }

    /// <summary>Whether every case has a file of its own in a folder.</summary>
    public bool IsFolder => isFolder;

    /// <summary>The label map of a case.</summary>
    public string LabelsOf(string caseName) => isFolder ? Path.Combine(target, caseName + LabelExtension) : target;

    /// <summary>The probabilities of a case.</summary>
    public string ProbabilitiesOf(string caseName) => ProbabilityFiles.Beside(LabelsOf(caseName));

    /// <summary>The preview of a case.</summary>
    public string PreviewOf(string caseName) => isFolder ? Path.Combine(target, caseName + ".png") : target;

    /// <summary>Refuses to write a label map over an image it is made from.</summary>
    /// <exception cref="InvalidRequestException">It would be.</exception>
    public void RequireApart(InputCase input)
    {
        string labels = Path.GetFullPath(LabelsOf(input.Name));
        if (input.Channels.Any(channel => Path.GetFullPath(channel) == labels))
            throw new InvalidRequestException($"-o: the label map of {input.Name} would replace the image {labels}; choose another file or folder.");
    }

    /// <summary>Another file of the output folder.</summary>
    public string InFolder(string name) => Path.Combine(target, name);

    /// <summary>Makes the folder that files go to.</summary>
    public void Create()
    {
        string? folder = isFolder ? target : Path.GetDirectoryName(Path.GetFullPath(target));
        if (folder is not null)
            Directory.CreateDirectory(folder);
    }

    public static bool IsLabelFile(string path) => VolumeFile.HasWritableName(path);

    public static bool IsPng(string path) => path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
}
