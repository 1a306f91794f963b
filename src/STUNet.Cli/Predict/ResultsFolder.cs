using System.Globalization;
using STUNet.Core;

namespace STUNet.Cli;

/// <summary>nnU-Net v1's folder of trained models: <c>RESULTS_FOLDER/nnUNet/CONFIGURATION/TaskXXX_NAME/TRAINER__PLANS</c>.</summary>
internal sealed class ResultsFolder
{
    /// <summary>The environment variable nnU-Net reads.</summary>
    public const string Variable = "RESULTS_FOLDER";

    private readonly string _root;

    /// <summary>Takes the folder that was given, else the one in the environment.</summary>
    /// <param name="given">The folder given on the command line, or null.</param>
    /// <exception cref="InvalidRequestException">Neither is there.</exception>
    public ResultsFolder(string? given)
    {
        string? folder = given ?? Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(folder))
            throw new InvalidRequestException($"-t needs the folder of trained models; set {Variable} or give --results-folder.");
        _root = Path.Combine(folder, "nnUNet");
        if (!Directory.Exists(_root))
            throw new InvalidFileException(_root, "", "no such folder", $"{Variable} must be the folder that contains nnUNet/");
    }

    /// <summary>The folder that holds the folds of a model.</summary>
    /// <param name="task">Name or number of the task.</param>
    /// <param name="configuration">Such as 3d_fullres.</param>
    /// <param name="trainer">Name of the trainer; null where the task has one only.</param>
    /// <param name="plans">Identifier of the plans.</param>
    /// <exception cref="InvalidFileException">No such model; the message says what there is.</exception>
    public string FindModel(string task, string configuration, string? trainer, string plans)
    {
        string folder = Path.Combine(_root, configuration, ResolveTask(task));
        if (!Directory.Exists(folder))
            throw new InvalidFileException(folder, "", $"the task has no model of configuration {configuration}", "choose another with -m");
        string[] models = [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        string[] chosen = trainer is null ? [.. models.Where(model => model.EndsWith($"__{plans}", StringComparison.Ordinal))] : [$"{trainer}__{plans}"];
        if (chosen.Length == 1 && models.Contains(chosen[0]))
            return Path.Combine(folder, chosen[0]);
        string has = models.Length == 0 ? "nothing" : string.Join(", ", models);
        throw new InvalidFileException(
            folder, "", trainer is null ? $"the trainer is not clear; there is {has}" : $"no {chosen[0]}; there is {has}", "choose trainer and plans with -tr and -p");
    }

    /// <summary>The one task with a number, searched in every configuration; a name is taken as it is.</summary>
    private string ResolveTask(string task)
    {
        if (!int.TryParse(task, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return task;
        string prefix = string.Create(CultureInfo.InvariantCulture, $"Task{number:D3}_");
        string[] tasks =
        [
            .. Directory.GetDirectories(_root)
                .SelectMany(configuration => Directory.GetDirectories(configuration, prefix + "*"))
                .Select(path => Path.GetFileName(path))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
        return tasks switch
        {
            [string only] => only,
            [] => throw new InvalidFileException(_root, "", $"no folder {prefix}* in any configuration", "check -t and the results folder"),
            _ => throw new InvalidFileException(_root, "", $"task {task} is not unique: {string.Join(", ", tasks)}", "give the whole name with -t"),
        };
    }
}
