using System.Globalization;
using STUNet.Core;

namespace STUNet.Benchmarks.Measuring;

/// <summary>The options of a command: each is <c>--name</c> and the words up to the next one. Unknown names and bad values are one clear sentence.</summary>
internal sealed class CommandOptions
{
    private readonly Dictionary<string, string[]> _given = [];

    /// <summary>Reads a command line.</summary>
    /// <param name="args">What follows the command's name.</param>
    /// <param name="known">The options of the command.</param>
    /// <exception cref="InvalidRequestException">A word belongs to no option.</exception>
    public CommandOptions(string[] args, params string[] known)
    {
        int first = Array.FindIndex(args, IsName);
        Words = first < 0 ? args : args[..first];
        for (int at = first; at >= 0 && at < args.Length;)
        {
            string name = args[at];
            if (!known.Contains(name))
                throw new InvalidRequestException($"'{name}' is not an option of this command; it knows {string.Join(", ", known)}.");
            int end = at + 1;
            while (end < args.Length && !IsName(args[end]))
                end++;
            _given[name] = args[(at + 1)..end];
            at = end;
        }
    }

    /// <summary>The words before the first option.</summary>
    public IReadOnlyList<string> Words { get; }

    public bool Has(string name) => _given.ContainsKey(name);

    /// <summary>The one word of an option; null where it is not given.</summary>
    public string? Text(string name) => !_given.TryGetValue(name, out string[]? words) ? null
        : words is [string word] ? word
        : throw new InvalidRequestException($"{name} takes one value, not '{string.Join(' ', words)}'.");

    public int Number(string name, int fallback, int least) => Text(name) is not { } text ? fallback
        : int.TryParse(text, CultureInfo.InvariantCulture, out int number) && number >= least ? number
        : throw new InvalidRequestException($"{name} {text}: expected a whole number, at least {least}.");

    public double Fraction(string name, double fallback) => Text(name) is not { } text ? fallback
        : double.TryParse(text, CultureInfo.InvariantCulture, out double number) && number is > 0 and <= 1 ? number
        : throw new InvalidRequestException($"{name} {text}: expected a number above 0, at most 1.");

    /// <summary>A size (z, y, x) such as 128x96x96, or 128 for the same on all axes.</summary>
    public Int3 Size(string name, Int3 fallback)
    {
        if (Text(name) is not { } text)
            return fallback;
        int[] sizes = [.. text.Split('x').Select(part => int.TryParse(part, CultureInfo.InvariantCulture, out int size) && size > 0 ? size : 0)];
        return sizes.Contains(0) || sizes.Length is not (1 or 3)
            ? throw new InvalidRequestException($"{name} {text}: expected a size such as 128x128x128.")
            : sizes is [int all] ? new Int3(all, all, all) : new Int3(sizes[0], sizes[1], sizes[2]);
    }

    /// <summary>Words from a list, with commas between them on the command line; all of them where the option has no word.</summary>
    public IReadOnlyList<string> Choices(string name, IReadOnlyList<string> all, IReadOnlyList<string> fallback)
    {
        if (!_given.TryGetValue(name, out string[]? words))
            return fallback;
        string[] chosen = [.. words.SelectMany(word => word.Split(','))];
        if (chosen.Length == 0)
            return all;
        foreach (string word in chosen)
        {
            if (!all.Contains(word, StringComparer.OrdinalIgnoreCase))
                throw new InvalidRequestException($"{name} {word}: expected {string.Join(", ", all)}, or several of them with commas.");
        }

        return [.. all.Where(word => chosen.Contains(word, StringComparer.OrdinalIgnoreCase))];
    }

    private static bool IsName(string word) => word.StartsWith("--", StringComparison.Ordinal);
}
