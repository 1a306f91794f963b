using System.Globalization;
using System.Text.Json.Nodes;

namespace STUNet.Benchmarks.Gpu;

/// <summary>The table of whole volumes: labels beside others, seconds, and the share of them outside the network.</summary>
internal static class VolumeTable
{
    /// <summary>Prints the table; nothing where no volume was segmented.</summary>
    /// <param name="report">The results.</param>
    public static void Print(ReportLines report)
    {
        JsonObject[] lines = [.. report.Of("volumes")];
        if (lines.Length == 0)
            return;
        Console.WriteLine($"{"volume",-16} {"model",-5} {"device",-9} {"numbers",-7} {"beside",-8} {"agree %",9} {"voxels",8} {"Dice",8} {"s",8} {"outside %",9}");
        foreach (JsonObject line in lines)
            Console.WriteLine(Row(line));
        Console.WriteLine("agree %: equal labels, those of the numbers under 'beside'; voxels: how many are not. Dice: the most that the Dice of a structure is apart. outside %: of the time from file to file, what is not the network.");
    }

    /// <summary>One line of the table.</summary>
    /// <param name="line">A result line.</param>
    public static string Row(JsonObject line)
    {
        if (line["absent"] is { } reason)
            return $"{line["volume"],-16} not measured: {reason}";
        return $"{line["volume"],-16} {line["model"],-5} {line["device"],-9} {line["arithmetic"],-7} {line["beside"]?.ToString() ?? "-",-8} {Number(line, "agreement", 100, 4),9} {line["different_voxels"]?.ToString() ?? "-",8} "
            + $"{Number(line, "dice_apart", 1, 5),8} {Number(line, "seconds", 1, 3),8} {Number(line, "outside_network", 100, 1),9}  {Verdict(line)}".TrimEnd();
    }

    private static string Verdict(JsonObject line)
    {
        if (line["failure"] is { } failure)
            return $"FAILED: {failure}";
        if (line["most_outside_network"]?.GetValue<double>() is { } most)
            return $"{(line["outside_network"]!.GetValue<double>() <= most ? "within" : "over")} {Show(100 * most, 0)} %";
        return line["has_bars"] is { } hasBars && !hasBars.GetValue<bool>() ? "no bar" : "";
    }

    private static string Number(JsonObject line, string field, double factor, int digits) => line[field] is { } value ? Show(factor * (double)value, digits) : "-";

    private static string Show(double value, int digits) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);
}
