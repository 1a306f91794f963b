using STUNet.TestKit.Golden;

namespace STUNet.Tests.Golden;

/// <summary>Rows for theories over golden data; where the data is absent one row that skips with the reason.</summary>
internal static class GoldenCases
{
    /// <summary>The main set, or the running test is skipped.</summary>
    public static GoldenSet Main
    {
        get
        {
            Assert.SkipWhen(GoldenSet.Main is null, GoldenSet.AbsentReason);
            return GoldenSet.Main!;
        }
    }

    /// <summary>The set of what surrounds the network, or the running test is skipped.</summary>
    public static GoldenSet Nnunet
    {
        get
        {
            Assert.SkipWhen(GoldenSet.Nnunet is null, GoldenSet.AbsentReason);
            return GoldenSet.Nnunet!;
        }
    }

    /// <summary>One row per case of one file of the main set: the case's name.</summary>
    public static IEnumerable<ITheoryDataRow> Of(string file, Func<string, bool>? where = null) =>
        Rows(GoldenSet.Main, set => set.File(file).CaseNames.Where(name => where?.Invoke(name) ?? true).Select(name => (object)name));

    /// <summary>One row per file of the main set below a folder: the file's name.</summary>
    public static IEnumerable<ITheoryDataRow> FilesBelow(string prefix, string suffix) =>
        Rows(GoldenSet.Main, set => set.FilesBelow(prefix, suffix).Select(file => (object)file.Name));

    /// <summary>Rows made from a set, or one skipping row where it is absent.</summary>
    public static IEnumerable<ITheoryDataRow> Rows(GoldenSet? set, Func<GoldenSet, IEnumerable<object>> rows)
    {
        if (set is null)
            return [new TheoryDataRow("absent") { Skip = GoldenSet.AbsentReason }];
        return rows(set).Select(row => (ITheoryDataRow)new TheoryDataRow(row));
    }
}
