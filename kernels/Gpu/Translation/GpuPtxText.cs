using System.Globalization;
using System.Text.RegularExpressions;

namespace STUNet.Kernels;

/// <summary>PTX as ILGPU writes it.</summary>
internal static partial class GpuPtxText
{
    /// <summary>
    /// Numbers names anew, in the order in which they appear. ILGPU counts on through all that it compiles, so a kernel's text would depend on the kernels before it, and drivers, which keep what
    /// they compiled by its text, would compile everything again for another plan.
    /// </summary>
    /// <param name="ptx">The text.</param>
    public static string Renumbered(string ptx)
    {
        Dictionary<string, string> numbers = new(StringComparer.Ordinal);
        return Number().Replace(ptx, match =>
        {
            if (!numbers.TryGetValue(match.Value, out string? number))
                numbers.Add(match.Value, number = string.Create(CultureInfo.InvariantCulture, $"_n{numbers.Count}"));
            return number;
        });
    }

    // Not that of a target such as sm_90.
    [GeneratedRegex(@"(?<!\bsm)_\d+\b")]
    private static partial Regex Number();
}
