using System.IO.Compression;
using System.Text;
using STUNet.Core;

namespace STUNet.Inference;

/// <summary>
/// A numpy archive (.npz) of one array: a zip file with an entry NAME.npy, deflated, which is a header and the elements in C order. The same content gives the same bytes.
/// </summary>
internal static class NumpyArchive
{
    // As numpy does, and the first that zip knows: the time of writing would make every file another one.
    private static readonly DateTimeOffset Written = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static ReadOnlySpan<byte> Version1 => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];

    /// <summary>Writes an archive.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="name">Name of the array.</param>
    /// <param name="type">F16 or F32.</param>
    /// <param name="shape">Its shape, slowest axis first.</param>
    /// <param name="write">Writes the elements, little-endian.</param>
    public static void Write(string path, string name, DType type, IReadOnlyList<int> shape, Action<Stream> write) => AtomicFile.Write(path, file =>
    {
        using ZipArchive archive = new(file, ZipArchiveMode.Create, leaveOpen: true);
        // More effort hardly makes probabilities smaller: those of the demo to 0.47 instead of 0.50 of their size, in three times the time (zlib's levels 6 and 1).
        ZipArchiveEntry entry = archive.CreateEntry($"{name}.npy", CompressionLevel.Fastest);
        entry.LastWriteTime = Written;
        using Stream stream = entry.Open();
        stream.Write(Header(type, shape));
        write(stream);
    });

    /// <summary>What stands before the elements: the description in Python's notation, filled up so that elements begin at a multiple of 64 bytes.</summary>
    /// <param name="type">F16 or F32.</param>
    /// <param name="shape">The shape, slowest axis first.</param>
    internal static byte[] Header(DType type, IReadOnlyList<int> shape)
    {
        const int Alignment = 64;
        int before = Version1.Length + sizeof(ushort);
        string text = $"{{'descr': '<f{type.Size()}', 'fortran_order': False, 'shape': ({string.Join(", ", shape)}), }}";
        int length = (before + text.Length + Alignment) / Alignment * Alignment - before;
        return [.. Version1, (byte)length, (byte)(length >> 8), .. Encoding.ASCII.GetBytes($"{text.PadRight(length - 1)}\n")];
    }
}
