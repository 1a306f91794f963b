using System.Globalization;
using System.Text;
using System.Text.Json;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// JSON as Python's json module writes and reads it: NaN and infinities are bare tokens, which strict JSON has no form for. nnU-Net's summaries and
/// postprocessing files contain them.
/// </summary>
internal static class PythonJson
{
    private const long MaxFileBytes = 64 << 20;
    private const int MaxDepth = 16;
    private const int Indent = 4;
    private static readonly byte[][] Tokens = [[.. "-Infinity"u8], [.. "Infinity"u8], [.. "NaN"u8]];

    /// <summary>The text of a value, indented by four, keys of <see cref="SortedDictionary{TKey, TValue}"/> in their order, others as they come.</summary>
    /// <param name="value">null, bool, int, long, double, string, a dictionary with text keys, or a list of such.</param>
    public static string Text(object? value)
    {
        StringBuilder text = new();
        Append(text, value, 0);
        return text.ToString();
    }

    /// <summary>Reads a file; bare NaN and infinities become the texts "NaN", "Infinity", "-Infinity".</summary>
    /// <typeparam name="T">What is made of it.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="read">Makes it of the root element.</param>
    /// <exception cref="InvalidFileException">Missing, too large, or not JSON.</exception>
    public static T Read<T>(string path, Func<JsonElement, T> read)
    {
        byte[] bytes = RandomAccessFile.ReadAll(path, MaxFileBytes, "a JSON file of nnU-Net", "check the path");
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                QuoteTokens(bytes), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = MaxDepth });
            return read(document.RootElement);
        }
        // A text with half a surrogate pair is found only when it is asked for.
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new InvalidFileException(path, "", $"not JSON ({failure.Message.Split('\n')[0].TrimEnd('.', '\r')})", "write the file again", failure);
        }
    }

    /// <summary>Puts quotes around the bare tokens outside of texts.</summary>
    internal static byte[] QuoteTokens(ReadOnlySpan<byte> json)
    {
        List<byte> quoted = new(json.Length);
        bool inText = false;
        for (int i = 0; i < json.Length; i++)
        {
            if (!inText && TokenAt(json[i..]) is { } token)
            {
                quoted.AddRange([(byte)'"', .. token, (byte)'"']);
                i += token.Length - 1;
                continue;
            }

            quoted.Add(json[i]);
            if (json[i] == '"')
                inText = !inText;
            else if (inText && json[i] == '\\' && i + 1 < json.Length)
                quoted.Add(json[++i]);
        }

        return [.. quoted];
    }

    /// <summary>A number as Python prints it: the fewest digits that read back the same, always with a point or an exponent.</summary>
    public static string Number(double value)
    {
        if (double.IsNaN(value))
            return "NaN";
        if (double.IsInfinity(value))
            return value > 0 ? "Infinity" : "-Infinity";
        string shortest = value.ToString("E16", CultureInfo.InvariantCulture);
        for (int digits = 0; digits < 16; digits++)
        {
            string fewer = value.ToString($"E{digits}", CultureInfo.InvariantCulture);
            if (BitConverter.DoubleToInt64Bits(double.Parse(fewer, CultureInfo.InvariantCulture)) == BitConverter.DoubleToInt64Bits(value))
            {
                shortest = fewer;
                break;
            }
        }

        string[] parts = shortest.Split('E');
        int exponent = int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent is < -4 or >= 16)
            return string.Create(CultureInfo.InvariantCulture, $"{parts[0]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):D2}");
        string plain = decimal.Parse(shortest, NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        string signed = value == 0 && double.IsNegative(value) ? "-0" : plain;
        return signed.Contains('.', StringComparison.Ordinal) ? signed : signed + ".0";
    }

    private static byte[]? TokenAt(ReadOnlySpan<byte> json)
    {
        foreach (byte[] token in Tokens)
        {
            if (json.StartsWith(token))
                return token;
        }

        return null;
    }

    private static void Append(StringBuilder text, object? value, int depth)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case string words:
                AppendText(text, words);
                break;
            case double number:
                text.Append(Number(number));
                break;
            case int or long or uint:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
            case IEnumerable<KeyValuePair<string, object?>> members:
                AppendList(text, '{', '}', depth, members, member =>
                {
                    AppendText(text, member.Key);
                    text.Append(": ");
                    Append(text, member.Value, depth + 1);
                });
                break;
            case IEnumerable<object?> items:
                AppendList(text, '[', ']', depth, items, item => Append(text, item, depth + 1));
                break;
            default:
                throw new NotSupportedException($"no JSON for {value.GetType().Name}");
        }
    }

    private static void AppendList<T>(StringBuilder text, char open, char close, int depth, IEnumerable<T> items, Action<T> append)
    {
        text.Append(open);
        bool isFirst = true;
        foreach (T item in items)
        {
            text.Append(isFirst ? "\n" : ",\n").Append(' ', Indent * (depth + 1));
            append(item);
            isFirst = false;
        }

        if (!isFirst)
            text.Append('\n').Append(' ', Indent * depth);
        text.Append(close);
    }

    private static void AppendText(StringBuilder text, string words)
    {
        text.Append('"');
        foreach (char letter in words)
        {
            _ = letter switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' or > '~' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => text.Append(letter),
            };
        }

        text.Append('"');
    }
}
