using System.Collections.Immutable;
using System.Globalization;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>The cases of a fold.</summary>
/// <param name="Split">The cases.</param>
/// <param name="Warnings">What the user should know of them, one sentence each.</param>
public sealed record FoldCases(DataSplit Split, ImmutableArray<string> Warnings)
{
    /// <summary>Finds the cases of a fold.</summary>
    /// <param name="fold">A number, or all.</param>
    /// <param name="folder">The preprocessed data set, whose <c>splits_final.json</c> or <c>.pkl</c> is used if it is there.</param>
    /// <param name="identifiers">All preprocessed cases.</param>
    /// <exception cref="StuNetException">The fold is neither, or the splits do not fit the cases.</exception>
    public static FoldCases Find(string fold, string folder, IReadOnlyList<string> identifiers)
    {
        if (fold == DataSplits.AllFold)
            return new FoldCases(DataSplit.All(identifiers), []);
        int number = NumberOf(fold);
        SplitsFile? file = SplitsFile.Find(folder);
        DataSplits splits = file?.Splits ?? DataSplits.KFold(identifiers);
        if (file is not null)
            splits.RequireKnown(file.Path, identifiers);
        DataSplit split = splits.Fold(number, identifiers);
        List<string> warnings = [];
        if (number >= splits.Folds.Length)
        {
            warnings.Add(
                $"{file?.Path ?? "the cross-validation"} has the folds 0 to {splits.Folds.Length - 1}; fold {number} is a random split of its own, drawn by its number: "
                + $"{split.Train.Length} cases to train, {split.Validation.Length} to validate.");
        }

        if (file is not null && splits.OverlapOf(file.Path, number) is { } overlap)
            warnings.Add(overlap);
        return new FoldCases(split, [.. warnings]);
    }

    // One number has one name: 00 would be fold 0 a second time, in a folder of its own and beside it in the model.
    private static int NumberOf(string fold) =>
        int.TryParse(fold, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && fold == number.ToString(CultureInfo.InvariantCulture)
            ? number
            : throw new InvalidRequestException($"There is no fold {fold}; give a number from 0, without leading zeros, or {DataSplits.AllFold}.");
}
