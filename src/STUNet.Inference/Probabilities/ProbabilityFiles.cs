using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>Names of the files of probabilities, as nnU-Net gives them: CASE.npz with the array and CASE.pkl with the properties of the image, beside the label map.</summary>
public static class ProbabilityFiles
{
    /// <summary>The archive beside a label map.</summary>
    /// <param name="labels">The label map.</param>
    public static string Beside(string labels) => $"{VolumeFile.WithoutExtension(labels)}.npz";

    /// <summary>The properties beside an archive.</summary>
    /// <param name="archive">The archive.</param>
    public static string PropertiesOf(string archive) => Path.ChangeExtension(archive, ".pkl");

    /// <summary>Whether a label map, and all files of its probabilities where they are wanted, are there.</summary>
    /// <param name="labels">The label map.</param>
    /// <param name="withProbabilities">Whether they are wanted.</param>
    public static bool AreThere(string labels, bool withProbabilities) =>
        File.Exists(labels) && (!withProbabilities || OfLabels(labels).All(File.Exists));

    /// <summary>Both files that belong to a label map.</summary>
    /// <param name="labels">The label map.</param>
    public static IEnumerable<string> OfLabels(string labels) => [Beside(labels), PropertiesOf(Beside(labels))];
}
