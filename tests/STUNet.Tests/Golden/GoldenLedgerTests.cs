using System.Text.RegularExpressions;
using STUNet.TestKit.Golden;
using Xunit.Sdk;
using Xunit.v3;

namespace STUNet.Tests.Golden;

/// <summary>Runs after all other tests and finds golden entries that none of them read.</summary>
public sealed class GoldenLedgerTests
{
    [Fact]
    public void Manifest_EveryEntry_WasConsumedOrIsListedForLater()
    {
        GoldenSet set = GoldenCases.Main;
        Assert.SkipWhen(
            Environment.GetCommandLineArgs().Any(argument => argument.Contains("filter", StringComparison.Ordinal) || argument is "-class" or "-method" or "-namespace"),
            "only part of the tests is running: whether every golden entry is consumed shows in a whole run");
        Regex[] later = [.. LaterEntries.Patterns.Select(entry => new Regex($"^{Regex.Escape(entry.Pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$"))];
        string[] forgotten = [.. set.Files.SelectMany(EntriesOf).Where(entry => !set.Ledger.Contains(entry) && !later.Any(pattern => pattern.IsMatch(entry)))];
        Assert.True(forgotten.Length == 0, $"{forgotten.Length} golden entries that no test consumed:\n{string.Join('\n', forgotten)}");
    }

    [Fact]
    public void LaterEntries_EveryPattern_MatchesSomethingStillUnread()
    {
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable("STUNET_GOLDEN") is { Length: > 0 },
            "another golden set, which need not hold entries of every section: the list is checked against the standard one");
        GoldenSet set = GoldenCases.Main;
        foreach ((string pattern, string reason) in LaterEntries.Patterns)
        {
            Regex expression = new($"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$");
            Assert.True(
                set.Files.SelectMany(EntriesOf).Any(entry => expression.IsMatch(entry) && !set.Ledger.Contains(entry)),
                $"'{pattern}' ({reason}) matches no unread entry: delete the line");
        }
    }

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
