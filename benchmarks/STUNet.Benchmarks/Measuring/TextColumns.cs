using System.Globalization;

namespace STUNet.Benchmarks.Measuring;

/// <summary>How figures are printed, on the terminal and in the report.</summary>
internal static class TextColumns
{
    public static string Number(double? value, int digits) => value is { } number && double.IsFinite(number) ? number.ToString($"F{digits}", CultureInfo.InvariantCulture) : "-";

    public static string Percent(double? part, double? whole) => whole > 0 ? Number(100 * part / whole, 0) : "-";

    public static string Mebibytes(long bytes) => Number(bytes / 1048576.0, 0);

    /// <summary>A distance such as 3.1E-05; nothing where it was not compared.</summary>
    public static string Distance(double? value) => value?.ToString("0.0E+00", CultureInfo.InvariantCulture) ?? "-";
}
