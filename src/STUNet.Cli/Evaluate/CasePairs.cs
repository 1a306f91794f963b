using STUNet.Core;
using STUNet.Inference;

namespace STUNet.Cli;

/// <summary>Predictions and their references, which have the same name in another folder.</summary>
internal static class CasePairs
{
    /// <summary>The cases that both sides have.</summary>
    /// <param name="predictions">Folders of predictions; a case may be in one of them only.</param>
    /// <param name="references">The folder of references.</param>
    /// <param name="needAll">Whether a reference without prediction is an error.</param>
    /// <exception cref="InvalidFileException">A folder or a case is missing.</exception>
    public static IReadOnlyList<EvaluationCase> Find(IReadOnlyList<string> predictions, string references, bool needAll)
    {
        SortedDictionary<string, string> right = LabelFolder.List(references);
        SortedDictionary<string, string> predicted = new(StringComparer.Ordinal);
        foreach ((string name, string path) in predictions.SelectMany(LabelFolder.List))
        {
            if (!predicted.TryAdd(name, path))
                throw new InvalidFileException(path, "", $"case {name} is there twice, also as {predicted[name]}", "remove one of them");
        }

        string[] unknown = [.. predicted.Keys.Where(name => !right.ContainsKey(name))];
        if (unknown.Length > 0)
            throw Missing(predicted[unknown[0]], unknown.Length, "reference", references, "add it, or take the prediction away");
        string[] open = [.. right.Keys.Where(name => !predicted.ContainsKey(name))];
        if (needAll && open.Length > 0)
            throw Missing(right[open[0]], open.Length, "prediction", string.Join(", ", predictions), "predict it, or give --chill to evaluate the cases there are");
        return [.. predicted.Select(one => EvaluationCase.OfFiles(one.Key, one.Value, right[one.Key]))];
    }

    private static InvalidFileException Missing(string path, int count, string what, string folder, string hint) =>
        new(path, "", $"its {what} is missing in {folder}{(count > 1 ? $", and so are {count - 1} others" : "")}", hint);
}
