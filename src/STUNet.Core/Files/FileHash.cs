using System.Security.Cryptography;

namespace STUNet.Core;

/// <summary>The SHA-256 of files.</summary>
public static class FileHash
{
    /// <summary>What is wrong with a text that is none, for messages.</summary>
    public const string Expected = "expected 64 lower-case hexadecimal digits";

    private const int PieceBytes = 1 << 20;
    private const int Digits = 64;

    /// <summary>Whether a text is a hash as it is written here: 64 lower-case hexadecimal digits.</summary>
    /// <param name="text">The text.</param>
    public static bool IsSha256(string text) => text.Length == Digits && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Reads a file whole, piece by piece.</summary>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told the bytes of every piece; may be null.</param>
    /// <param name="cancellation">Stops between two pieces.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="InvalidFileException">The file is missing or cannot be read.</exception>
    public static string Sha256(string path, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        using RandomAccessFile file = new(path);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[(int)Math.Min(PieceBytes, Math.Max(1, file.Length))];
        for (long done = 0; done < file.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, file.Length - done));
            file.ReadExactly(done, piece);
            hash.AppendData(piece);
            done += piece.Length;
            progress?.Invoke(piece.Length);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
