using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>The preprocessed cases of one configuration of a data set: <c>PREPROCESSED/CONFIGURATION/CASE.safetensors</c>.</summary>
public sealed class CaseStore
{
    /// <summary>Names the store; nothing is read.</summary>
    /// <param name="preprocessed">The folder of the preprocessed data set, which holds the plans.</param>
    /// <param name="configuration">The configuration.</param>
    /// <exception cref="InvalidRequestException">The configuration's name is no name for a folder, or it shares the cases of another one.</exception>
    public CaseStore(string preprocessed, PlanConfiguration configuration)
    {
        string name = configuration.Name;
        if (configuration.PreviousStage is not null)
            throw new InvalidRequestException($"The configuration {name} trains on the cases of {configuration.InheritsFrom ?? PlanConfiguration.FullResolution}; name that one.");
        if (name is "" or "." or ".." || name.AsSpan().ContainsAny("/\\\0:"))
            throw new InvalidRequestException($"The configuration's name \"{name}\" is no name for a folder; rename it in {ExperimentPlan.FileName}.");
        Folder = Path.Combine(preprocessed, name);
    }

    /// <summary>The folder of the cases.</summary>
    public string Folder { get; }

    /// <summary>Identifiers of the cases that are there, sorted by code points.</summary>
    public ImmutableArray<string> Identifiers => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder, "*" + CaseFile.Ending)
            .Select(path => Path.GetFileName(path)[..^CaseFile.Ending.Length])
            .Order(CodePointOrder.Instance)]
        : [];

    /// <summary>The file of a case; need not exist.</summary>
    /// <param name="identifier">The case.</param>
    public string PathOf(string identifier) => Path.Combine(Folder, identifier + CaseFile.Ending);

    /// <summary>Opens a case.</summary>
    /// <param name="identifier">The case.</param>
    /// <exception cref="InvalidFileException">It is missing or damaged.</exception>
    public StoredCase Open(string identifier) => StoredCase.Open(PathOf(identifier));
}
