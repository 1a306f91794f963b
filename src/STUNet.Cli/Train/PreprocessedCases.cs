using STUNet.Core;
using STUNet.Training;

namespace STUNet.Cli;

/// <summary>Opens the preprocessed cases of a configuration.</summary>
/// <param name="folder">The preprocessed data set.</param>
/// <param name="configuration">The configuration.</param>
internal delegate ITrainingCases OpenTrainingCases(string folder, PlanConfiguration configuration);

/// <summary>Where <c>stunet train</c> gets its cases from; tests give it others.</summary>
internal static class PreprocessedCases
{
    /// <summary>Opens the cases that <c>stunet preprocess</c> wrote.</summary>
    public static ITrainingCases Open(string folder, PlanConfiguration configuration) => new StoredCases(folder, configuration);

    /// <summary>Reads the plans that <c>stunet plan</c> wrote.</summary>
    /// <param name="folder">The preprocessed data set.</param>
    /// <exception cref="InvalidFileException">There are none, which is said with what to run first; or they are wrong.</exception>
    public static ExperimentPlan ReadPlan(string folder)
    {
        string path = Path.Combine(folder, ExperimentPlan.FileName);
        if (File.Exists(path))
            return ExperimentPlan.Read(path);
        bool isRaw = Directory.Exists(Path.Combine(folder, "imagesTr"));
        (string raw, string preprocessed) = isRaw ? (folder, "PREPROCESSED") : ("DATASET", folder);
        throw new InvalidFileException(
            path, "", isRaw ? "there are no plans: this is a raw data set" : "there are no plans",
            $"run stunet plan {raw} -o {preprocessed} and stunet preprocess {raw} -o {preprocessed} first{(isRaw ? ", and train that folder" : "")}");
    }
}
