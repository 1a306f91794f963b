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
}
