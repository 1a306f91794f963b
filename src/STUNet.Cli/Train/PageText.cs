using System.Text;
using System.Xml;

namespace STUNet.Cli;

/// <summary>Texts of users (names of cases, classes, data sets) for a page; the XML writer escapes what is left.</summary>
internal static class PageText
{
    /// <summary>Replaces the characters that no page may hold, such as control characters, by U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    public static string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            clean.Append(!rune.IsBmp || XmlConvert.IsXmlChar((char)rune.Value) ? rune.ToString() : Rune.ReplacementChar.ToString());
        return clean.ToString();
    }
}
