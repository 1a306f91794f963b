using System.Collections.Immutable;
using System.Globalization;
using STUNet.Core;

namespace STUNet.Cli;

/// <summary>Lists and triples of numbers on the command line; triples are (z, y, x).</summary>
internal static class Triples
{
    /// <summary>Reads <c>128x128x96</c>, <c>2,2,2</c>, or <c>128</c> for the same on all axes; null where it is neither.</summary>
    public static Int3? TryParse(string text)
    {
        string[] parts = text.Split('x', ',');
        int[] numbers = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : 0)];
        return numbers.Contains(0) ? null : numbers switch
        {
            [int all] => new Int3(all, all, all),
            [int depth, int height, int width] => new Int3(depth, height, width),
            _ => null,
        };
    }

    /// <summary>Reads triples with slashes between them, such as <c>2x2x2/2x2x2/1x1x2</c>; null where one is wrong.</summary>
    public static ImmutableArray<Int3>? TryParseList(string text)
    {
        Int3?[] triples = [.. text.Split('/').Select(TryParse)];
        return Array.TrueForAll(triples, triple => triple is not null) ? [.. triples.Select(triple => triple!.Value)] : null;
    }

    /// <summary>Reads numbers with commas between them, such as <c>16,32,64</c>; null where one is wrong.</summary>
    public static ImmutableArray<int>? TryParseNumbers(string text)
    {
        int[] numbers = [.. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : 0)];
        return numbers.Contains(0) ? null : [.. numbers];
    }

    /// <summary>Reads three lengths such as <c>1.5x1.5x1.5</c>, or one for all axes; null where it is neither.</summary>
    public static ImmutableArray<double>? TryParseLengths(string text)
    {
        double[] lengths = [.. text.Split('x', ',').Select(part => double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double length) ? length : 0)];
        return lengths.Contains(0) ? null : lengths switch
        {
            [double all] => [all, all, all],
            [_, _, _] => [.. lengths],
            _ => null,
        };
    }
}
