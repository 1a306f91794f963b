using STUNet.Core;

namespace STUNet.Cli;

/// <summary>The files of the demonstration, which lie beside the program: a small model, a synthetic CT and its true labels.</summary>
internal static class DemoFiles
{
    /// <summary>Name of the case.</summary>
    public const string CaseName = "phantom_01";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "demo");

    /// <summary>The model folder.</summary>
    public static string Model => Existing("model");

    /// <summary>The image.</summary>
    public static string Image => Existing($"{CaseName}_0000.nii.gz");

    /// <summary>The labels the image was made from.</summary>
    public static string Truth => Existing($"{CaseName}_truth.nii.gz");

    private static string Existing(string name)
    {
        string path = Path.Combine(Folder, name);
        return Path.Exists(path)
            ? path
            : throw new InvalidFileException(path, "", "a file of the demonstration is missing", "build or install the program again");
    }
}
