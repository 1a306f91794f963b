using System.Globalization;
using STUNet.Core;

namespace STUNet.Cli;

/// <summary>Amounts of memory on the command line and in messages.</summary>
internal static class ByteSize
{
    // Longer units first: every unit ends with B.
    private static readonly (string Unit, double Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
        ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("B", 1),
    ];

    /// <summary>Reads a text such as <c>6GiB</c>, <c>500 MB</c>, <c>8G</c> (GiB) or a number of bytes; null where it is none.</summary>
    public static long? TryParse(string text)
    {
        (string unit, double factor) = Units.FirstOrDefault(unit => text.EndsWith(unit.Unit, StringComparison.Ordinal), ("", 1));
        bool isNumber = double.TryParse(text.AsSpan(0, text.Length - unit.Length).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
        double bytes = number * factor;
        return isNumber && bytes is >= 1 and < long.MaxValue ? (long)bytes : null;
    }

    /// <summary>A size for people, in MiB or GiB.</summary>
    public static string Describe(long bytes) => ByteCount.Describe(bytes);
}
