using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>The folds in nnU-Net v1's <c>splits_final.pkl</c>: a list of dicts with the names of the cases that are trained and validated on.</summary>
public static class NnunetV1Splits
{
    private const int MaxFolds = 1 << 16;

    /// <summary>Reads the folds; nothing in the file is ever executed.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing, damaged, hostile, or no folds, or a fold without cases or with one twice; the message names it.</exception>
    public static ImmutableArray<(ImmutableArray<string> Train, ImmutableArray<string> Validation)> Read(string path) =>
        PickleFile.Read(path).List(fold => (Cases(fold["train"]), Cases(fold["val"])), 1, MaxFolds);

    private static ImmutableArray<string> Cases(PickleField field)
    {
        ImmutableArray<string> cases = field.List(item => item.Text(), 1);
        return cases.Distinct().Count() == cases.Length ? cases : throw field.Wrong("a case occurs twice", "name every case once");
    }
}
