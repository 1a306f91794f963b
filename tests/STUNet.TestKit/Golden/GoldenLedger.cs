using System.Collections.Concurrent;

namespace STUNet.TestKit.Golden;

/// <summary>Records which entries of a golden set were read by a test: <c>file</c>, <c>file#case</c> and <c>file:tensor</c>.</summary>
public sealed class GoldenLedger
{
    private readonly ConcurrentDictionary<string, bool> _entries = [];

    /// <summary>Enters one entry as read, or as left out by a switch whose reason the test printed.</summary>
    /// <param name="entry">The entry.</param>
    public void Enter(string entry) => _entries[entry] = true;

    /// <summary>Whether an entry was read.</summary>
    /// <param name="entry">The entry.</param>
    public bool Contains(string entry) => _entries.ContainsKey(entry);
}
