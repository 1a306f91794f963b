using System.Globalization;

namespace STUNet.Core;

/// <summary>Amounts of memory in messages.</summary>
public static class ByteCount
{
    /// <summary>A size for people, in MiB or GiB.</summary>
    /// <param name="bytes">The size.</param>
    public static string Describe(long bytes) => bytes < 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:F2} GiB");
}
