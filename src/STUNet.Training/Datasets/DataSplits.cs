using System.Collections.Immutable;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The folds of a cross-validation, as nnU-Net draws and stores them (<c>splits_final.json</c>).</summary>
/// <param name="Folds">The folds, at least one.</param>
public sealed record DataSplits(ImmutableArray<DataSplit> Folds)
{
    /// <summary>Name of the file in a preprocessed data set.</summary>
    public const string FileName = "splits_final.json";

    /// <summary>Folds of nnU-Net's cross-validation, and therefore the least number of cases.</summary>
    public const int FoldCount = 5;

    /// <summary>The fold that trains on everything.</summary>
    public const string AllFold = "all";

    private const uint Seed = 12345;
    private const double ExtraTrainShare = 0.8;
    private const int MaxFolds = 1 << 16;
    private const int MaxCases = 1 << 24;

    /// <summary>Five folds by one seeded shuffle; each case is validated on once.</summary>
    /// <param name="identifiers">The cases, in any order.</param>
    /// <exception cref="InvalidRequestException">There are fewer than five, or one occurs twice.</exception>
    public static DataSplits KFold(IEnumerable<string> identifiers)
    {
        ImmutableArray<string> sorted = Sorted(identifiers);
        if (sorted.Length < FoldCount)
        {
            throw new InvalidRequestException(
                $"{sorted.Length} training case{(sorted.Length == 1 ? "" : "s")} cannot be split into {FoldCount} folds; add cases, write {FileName} yourself, or train fold {AllFold}.");
        }

        int[] shuffled = new NumpyRandom(Seed).Permutation(sorted.Length);
        ImmutableArray<DataSplit>.Builder folds = ImmutableArray.CreateBuilder<DataSplit>(FoldCount);
        for (int fold = 0, start = 0; fold < FoldCount; fold++)
        {
            // The first folds take the remainder, one each.
            int size = (sorted.Length / FoldCount) + (fold < sorted.Length % FoldCount ? 1 : 0);
            folds.Add(SplitOff(sorted, shuffled.AsSpan(start, size)));
            start += size;
        }

        return new DataSplits(folds.MoveToImmutable());
    }

    /// <summary>Reads <c>splits_final.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing or wrong; the message names the field.</exception>
    public static DataSplits Read(string path) => JsonInput.Read(path, ReadFolds);

    /// <summary>Writes <c>splits_final.json</c>.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    public void Write(string path) => NnunetJson.Write(path, new JsonArray([.. Folds.Select(fold => (JsonNode)new JsonObject
    {
        ["train"] = NnunetJson.Texts(fold.Train),
        ["val"] = NnunetJson.Texts(fold.Validation),
    })]));

    /// <summary>A numbered fold; one beyond these is a seeded random split, 80 of 100 cases for training.</summary>
    /// <param name="fold">The number, from 0.</param>
    /// <param name="identifiers">All cases, in any order; used only beyond the folds of the file.</param>
    /// <exception cref="InvalidRequestException">Beyond the folds of the file: there are fewer than two cases.</exception>
    public DataSplit Fold(int fold, IEnumerable<string> identifiers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fold);
        if (fold < Folds.Length)
            return Folds[fold];
        ImmutableArray<string> sorted = Sorted(identifiers);
        if (sorted.Length < 2)
            throw new InvalidRequestException($"There is one case alone, which fold {fold} cannot split; train fold {AllFold}.");
        int[] train = new NumpyRandom(Seed + (uint)fold).Permutation(sorted.Length)[..(int)(sorted.Length * ExtraTrainShare)];
        HashSet<int> trained = [.. train];
        return new DataSplit([.. train.Select(at => sorted[at])], [.. sorted.Where((_, at) => !trained.Contains(at))]);
    }

    /// <summary>Checks that the folds name only cases that exist.</summary>
    /// <param name="path">The file the folds came from.</param>
    /// <param name="identifiers">All cases.</param>
    /// <exception cref="InvalidFileException">A fold names an unknown case.</exception>
    public void RequireKnown(string path, IEnumerable<string> identifiers)
    {
        HashSet<string> known = [.. identifiers];
        for (int fold = 0; fold < Folds.Length; fold++)
        {
            if (Folds[fold].Train.Concat(Folds[fold].Validation).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
                throw new InvalidFileException(path, $"[{fold}]", $"the case {unknown} is not in the data set, or not preprocessed", "preprocess it, correct the file, or delete it to draw new folds");
        }
    }

    /// <summary>What is wrong with a fold without being an error: it is trained on cases it is validated on. Null where none is.</summary>
    /// <param name="path">The file the folds came from.</param>
    /// <param name="fold">The fold.</param>
    public string? OverlapOf(string path, int fold)
    {
        if (fold >= Folds.Length)
            return null;
        string[] both = [.. Folds[fold].Validation.Intersect(Folds[fold].Train)];
        return both.Length == 0
            ? null
            : $"{path}: fold {fold} trains on {both.Length} of its {Folds[fold].Validation.Length} validation cases too, such as {both[0]}, so its scores will be too good; take them out of train unless that is meant.";
    }

    internal static ImmutableArray<string> Sorted(IEnumerable<string> identifiers)
    {
        ImmutableArray<string> sorted = [.. identifiers.Order(CodePointOrder.Instance)];
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] == sorted[i - 1])
                throw new InvalidRequestException($"The case {sorted[i]} occurs twice; give every case one name.");
        }

        return sorted;
    }

    private static DataSplit SplitOff(ImmutableArray<string> sorted, ReadOnlySpan<int> validation)
    {
        HashSet<int> held = [.. validation];
        return new DataSplit([.. sorted.Where((_, at) => !held.Contains(at))], [.. sorted.Where((_, at) => held.Contains(at))]);
    }

    private static DataSplits ReadFolds(JsonField root)
    {
        ImmutableArray<JsonField> folds = root.List(field => field, 0, MaxFolds);
        return folds.IsEmpty
            ? throw root.Wrong("there is no fold in the file", "add one, or delete the file to draw new folds")
            : new DataSplits([.. folds.Select((field, fold) => new DataSplit(ReadCases(field["train"], fold, "train"), ReadCases(field["val"], fold, "validate")))]);
    }

    private static ImmutableArray<string> ReadCases(JsonField field, int fold, string purpose)
    {
        ImmutableArray<string> cases = field.List(item => item.Text(), 0, MaxCases);
        if (cases.IsEmpty)
            throw field.Wrong($"fold {fold} has no case to {purpose} on", $"name at least one, or train fold {AllFold}, which needs no splits");
        HashSet<string> named = [];
        if (cases.FirstOrDefault(name => !named.Add(name)) is { } twice)
            throw field.Wrong($"fold {fold} names the case {twice} twice", "name every case once");
        return cases;
    }
}
