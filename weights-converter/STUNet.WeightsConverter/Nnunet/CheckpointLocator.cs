using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>Finds the checkpoints of a model in nnU-Net's folder layouts.</summary>
public static class CheckpointLocator
{
    private const string FoldPrefix = "fold_";
    private static readonly string[] DefaultNames = ["model_final_checkpoint.model", "checkpoint_final.pth"];

    /// <summary>
    /// The checkpoints of a path: the file itself; the one checkpoint of a fold folder; or one per fold of a trainer folder
    /// (<c>TRAINER__PLANS</c> with <c>fold_0</c>, <c>fold_1</c>, ..., <c>all</c> or <c>fold_all</c>).
    /// </summary>
    /// <param name="path">File, fold folder or trainer folder.</param>
    /// <param name="folds">Folds of a trainer folder, numbers or all; null means every numbered one, or else all.</param>
    /// <param name="checkpointName">File name with or without extension; null means nnU-Net's default, or else the only checkpoint.</param>
    /// <exception cref="InvalidFileException">Nothing there, or not clear which; the message says what was looked for.</exception>
    public static ImmutableArray<CheckpointInput> Find(string path, IReadOnlyList<string>? folds = null, string? checkpointName = null)
    {
        if (File.Exists(path))
            return [new CheckpointInput(FoldOf(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "")) ?? "0", path)];
        if (!Directory.Exists(path))
            throw new InvalidFileException(path, "", "no such file or folder", "check the path");
        if (folds is null && CheckpointsIn(path).Length > 0)
            return [new CheckpointInput(FoldOf(Path.GetFileName(Path.GetFullPath(path).TrimEnd('/', '\\'))) ?? "0", Choose(path, checkpointName))];
        return [.. (folds ?? FoldsIn(path)).Select(fold => new CheckpointInput(fold, Choose(FoldFolder(path, fold), checkpointName)))];
    }

    /// <summary>The folder of the whole model that a path is of: a folder itself, or the one above where the path is a fold's folder or a checkpoint in one; null for a file elsewhere.</summary>
    /// <param name="path">File, fold folder or model folder, which need not exist.</param>
    public static string? ModelFolderOf(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string folder = File.Exists(full) ? Path.GetDirectoryName(full)! : full;
        if (FoldOf(Path.GetFileName(folder)) is not null)
            return Path.GetDirectoryName(folder);
        return File.Exists(full) ? null : full;
    }

    private static string? FoldOf(string folder) =>
        folder.StartsWith(FoldPrefix, StringComparison.Ordinal) ? folder[FoldPrefix.Length..] : folder == "all" ? folder : null;

    private static List<string> FoldsIn(string path)
    {
        string[] names = [.. Directory.GetDirectories(path).Select(folder => FoldOf(Path.GetFileName(folder))).OfType<string>().Distinct()];
        int[] numbers = [.. names.Select(name => int.TryParse(name, out int number) ? number : -1).Where(number => number >= 0).Order()];
        if (numbers.Length > 0)
            return [.. numbers.Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        return names.Contains("all")
            ? ["all"]
            : throw new InvalidFileException(path, "", "neither a checkpoint (.model, .pth) nor a folder fold_0, fold_1, ..., all or fold_all in it", "give the trainer's folder");
    }

    private static string FoldFolder(string path, string fold)
    {
        string[] candidates = fold == "all" ? ["all", "fold_all"] : [FoldPrefix + fold];
        return candidates.Select(name => Path.Combine(path, name)).FirstOrDefault(Directory.Exists)
            ?? throw new InvalidFileException(path, "", $"fold {fold} is missing (looked for {string.Join(", ", candidates)})", "choose another fold");
    }

    private static string[] CheckpointsIn(string folder) =>
        [.. Directory.GetFiles(folder).Where(file => Path.GetExtension(file) is ".model" or ".pth" or ".pt").Order(StringComparer.Ordinal)];

    private static string Choose(string folder, string? name)
    {
        string[] files = CheckpointsIn(folder);
        string[] names = name is null ? DefaultNames : [name, $"{name}.model", $"{name}.pth", $"{name}.pt"];
        string? chosen = names.Select(candidate => files.FirstOrDefault(file => Path.GetFileName(file) == candidate)).FirstOrDefault(file => file is not null);
        if (chosen is not null)
            return chosen;
        if (name is null && files.Length == 1)
            return files[0];
        string wanted = name ?? string.Join(" or ", DefaultNames);
        throw files.Length == 0
            ? new InvalidFileException(folder, "", $"there is no checkpoint {wanted}, nor any other", "choose another folder")
            : new InvalidFileException(folder, "", $"there is no checkpoint {wanted}, only {string.Join(", ", files.Take(8).Select(Path.GetFileName))}", "name one of these");
    }
}
