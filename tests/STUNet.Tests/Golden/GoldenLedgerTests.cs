using System.Text.RegularExpressions;
using STUNet.TestKit.Golden;
using Xunit.Sdk;
using Xunit.v3;

namespace STUNet.Tests.Golden;

/// <summary>Runs after all other tests and finds golden entries that none of them read.</summary>
public sealed class GoldenLedgerTests
{
    public enum Set
    {
        Main,
        Nnunet,
    }

    [Theory]
    [InlineData(Set.Main)]
    [InlineData(Set.Nnunet)]
    public void Manifest_EveryEntry_WasConsumedOrIsListedForLater(Set which)
    {
        (GoldenSet set, IReadOnlyList<(string Pattern, string Reason)> later) = Of(which);
        SkipInPartialRun();
        Regex[] patterns = [.. later.Select(entry => Wildcard(entry.Pattern))];
        string[] forgotten = [.. Unread(set).Where(entry => !patterns.Any(pattern => pattern.IsMatch(entry)))];
        Assert.True(forgotten.Length == 0, $"{forgotten.Length} golden entries that no test consumed:\n{string.Join('\n', forgotten)}");
    }

    [Theory]
    [InlineData(Set.Main)]
    [InlineData(Set.Nnunet)]
    public void LaterEntries_EveryPattern_MatchesSomethingStillUnread(Set which)
    {
        Assert.SkipWhen(
            ((string[])["STUNET_GOLDEN", "STUNET_GOLDEN_NNUNET"]).Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }),
            "another golden set, which need not hold entries of every section: the lists are checked against the standard ones");
        (GoldenSet set, IReadOnlyList<(string Pattern, string Reason)> later) = Of(which);
        string[] unread = [.. Unread(set)];
        Assert.All(later, entry => Assert.True(
            unread.Any(Wildcard(entry.Pattern).IsMatch), $"'{entry.Pattern}' ({entry.Reason}) matches no unread entry: delete the line"));
    }

    private static (GoldenSet Set, IReadOnlyList<(string Pattern, string Reason)> Later) Of(Set which) =>
        which == Set.Main ? (GoldenCases.Main, LaterEntries.Main) : (GoldenCases.Nnunet, LaterEntries.Nnunet);

    private static void SkipInPartialRun() => Assert.SkipWhen(
        Environment.GetCommandLineArgs().Any(argument => argument.Contains("filter", StringComparison.Ordinal) || argument is "-class" or "-method" or "-namespace"),
        "only part of the tests is running: whether every golden entry is consumed shows in a whole run");

    private static Regex Wildcard(string pattern) => new($"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$");

    private static IEnumerable<string> Unread(GoldenSet set) => set.Files.SelectMany(EntriesOf).Where(entry => !set.Ledger.Contains(entry));

    private static IEnumerable<string> EntriesOf(GoldenFile file) =>
        [file.Name, .. file.CaseNames.Select(name => $"{file.Name}#{name}"), .. file.TensorNames.Select(name => $"{file.Name}:{name}")];
}

/// <summary>Puts the ledger's class last, everything else in order of name.</summary>
public sealed class LedgerLast : ITestCollectionOrderer
{
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections
            .OrderBy(collection => collection.TestCollectionDisplayName.Contains(nameof(GoldenLedgerTests), StringComparison.Ordinal))
            .ThenBy(collection => collection.TestCollectionDisplayName, StringComparer.Ordinal)];
}
