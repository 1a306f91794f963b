using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>Which cases one fold trains on and which it is validated on. The order has no meaning; sort before use.</summary>
/// <param name="Train">Identifiers of the training cases.</param>
/// <param name="Validation">Identifiers of the validation cases.</param>
public sealed record DataSplit(ImmutableArray<string> Train, ImmutableArray<string> Validation)
{
    /// <summary>Fold <c>all</c>: every case is trained on and validated on.</summary>
    /// <param name="identifiers">The cases.</param>
    public static DataSplit All(IEnumerable<string> identifiers)
    {
        ImmutableArray<string> sorted = DataSplits.Sorted(identifiers);
        return new DataSplit(sorted, sorted);
    }

    /// <summary>By what a checkpoint knows its cases: names and content.</summary>
    /// <param name="cases">The preprocessed cases, this split's among them.</param>
    internal CasesHash HashFor(ITrainingCases cases) => HashFor(cases.Preprocessing) with
    {
        Content = HashOf(string.Join('\n', Train.Union(Validation).Order(CodePointOrder.Instance).Select(name => $"{name} {cases.SourceOf(name)}"))),
    };

    /// <summary>The same without content, for those who have the names alone.</summary>
    /// <param name="preprocessing">By whose rules they were preprocessed.</param>
    internal CasesHash HashFor(NnunetVersion preprocessing)
    {
        string Lines(ImmutableArray<string> cases) => string.Join('\n', cases.Order(CodePointOrder.Instance));
        return new CasesHash(HashOf($"{preprocessing}\n\n{Lines(Train)}\n\n{Lines(Validation)}"), Content: null);
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
