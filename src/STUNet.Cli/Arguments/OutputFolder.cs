using System.CommandLine;
using STUNet.Core;

namespace STUNet.Cli;

/// <summary>Folders that commands write to: a file in the way is told before any work.</summary>
internal static class OutputFolder
{
    /// <summary>The option <c>-o</c> for a folder.</summary>
    /// <param name="description">What is written there.</param>
    /// <param name="required">Whether it must be given.</param>
    public static Option<string> Option(string description, bool required = true)
    {
        Option<string> option = new("--output", "-o") { Required = required, HelpName = "DIR", Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && Obstacle(result.Tokens[0].Value) is { } obstacle)
                result.AddError(Sentence("-o", result.Tokens[0].Value, obstacle));
        });
        return option;
    }

    /// <summary>Refuses a path that cannot become a folder.</summary>
    /// <param name="option">The option it was given with, for the message.</param>
    /// <param name="path">The folder; it may not exist yet.</param>
    /// <exception cref="InvalidRequestException">It, or what would be above it, is a file.</exception>
    public static void Require(string option, string path)
    {
        if (Obstacle(path) is { } obstacle)
            throw new InvalidRequestException($"{Sentence(option, path, obstacle)}.");
    }

    private static string Sentence(string option, string path, string obstacle) => $"{option} {path}: {obstacle} is a file, but a folder is needed; name another folder";

    private static string? Obstacle(string path)
    {
        for (string? folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(folder))
                return folder;
        }

        return null;
    }
}
