using System.Text.Json;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>Reads the JSON files of a data set, with one sentence for everything that can be wrong with them.</summary>
internal static class JsonInput
{
    private const long MaxFileBytes = 64 << 20;
    private const int MaxDepth = 16;

    /// <summary>Reads a file and hands its root to <paramref name="read"/>, which must keep nothing of it.</summary>
    /// <exception cref="InvalidFileException">Missing, too large, no JSON, or <paramref name="read"/> found a field wrong.</exception>
    public static T Read<T>(string path, Func<JsonField, T> read)
    {
        byte[] bytes = RandomAccessFile.ReadAll(path, MaxFileBytes, "a file of this kind", "give the file nnU-Net or stunet wrote");
        try
        {
            using JsonDocument document = JsonDocument.Parse(WithoutByteOrderMark(bytes), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = MaxDepth });
            return read(new JsonField(path, "", document.RootElement));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidFileException(path, "", $"not JSON ({failure.Message.Split('\n')[0].TrimEnd('.', '\r')})", "correct the file in a text editor", failure);
        }
    }

    private static ReadOnlyMemory<byte> WithoutByteOrderMark(byte[] bytes) => bytes is [0xEF, 0xBB, 0xBF, ..] ? bytes.AsMemory(3) : bytes;
}
