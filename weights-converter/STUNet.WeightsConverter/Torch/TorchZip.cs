using System.Text;
using STUNet.Core;

namespace STUNet.WeightsConverter;

/// <summary>The zip format of torch.save (PyTorch 1.6 and later): ROOT/data.pkl and one stored entry ROOT/data/KEY per storage.</summary>
internal static class TorchZip
{
    private const long MaxPickleBytes = 256 << 20;
    private const int CrcChunkBytes = 1 << 18;

    public static object? Read(RandomAccessFile file)
    {
        Dictionary<string, ZipEntry> entries = StoredZip.ReadDirectory(file);
        string root = FindRoot(file, entries);
        if (entries.ContainsKey($"{root}/constants.pkl") || entries.Keys.Any(name => name.StartsWith($"{root}/code/", StringComparison.Ordinal)))
            throw Wrong(file, $"{root}/code", "a scripted module, not a checkpoint", "save the state dict with torch.save");
        if (entries.TryGetValue($"{root}/byteorder", out ZipEntry? order) && ReadText(file, order) is var text && text != "little")
            throw Wrong(file, order.Name, $"byte order \"{text}\" is not supported", "save the checkpoint on a little-endian machine");

        ZipEntry pickle = entries[$"{root}/data.pkl"];
        if (pickle.Length > MaxPickleBytes)
            throw Wrong(file, pickle.Name, $"{pickle.Length} bytes are too many for a pickle");
        if (!Matches(file, pickle))
            throw Wrong(file, pickle.Name, "its checksum does not match its bytes", "the file is damaged; copy it again");
        PickleInput input = new(file, pickle.DataOffset, pickle.Length, pickle.Name);
        TorchStorages storages = new(input);
        return Unpickler.Load(input, id => storages.Load(id, storage => Locate(file, entries, root, storage)));
    }

    private static string FindRoot(RandomAccessFile file, Dictionary<string, ZipEntry> entries)
    {
        string[] roots = [.. entries.Keys.Select(name => name.Split('/')[0]).Distinct()];
        string[] withPickle = [.. roots.Where(root => entries.ContainsKey($"{root}/data.pkl"))];
        if (withPickle.Length == 0)
            throw Wrong(file, "", "the zip archive has no data.pkl", "it is no checkpoint written by torch.save");
        if (roots.Length > 1)
            throw Wrong(file, "", $"the zip archive has several root folders ({Crop(roots[0])}, {Crop(roots[1])})", "it is no checkpoint written by torch.save");
        return roots[0];
    }

    private static void Locate(RandomAccessFile file, Dictionary<string, ZipEntry> entries, string root, TorchStorage storage)
    {
        string name = $"{root}/data/{storage.Key}";
        if (!entries.TryGetValue(name, out ZipEntry? entry))
            throw Wrong(file, Crop(name), "the entry with a tensor's data is missing");
        if (entry.Length != storage.ByteLength)
            throw Wrong(file, name, $"{entry.Length} bytes, but the tensor's storage has {storage.ByteLength}");
        storage.FileOffset = entry.DataOffset;
        storage.Verified = new Lazy<bool>(() => Matches(file, entry));
    }

    private static bool Matches(RandomAccessFile file, ZipEntry entry)
    {
        byte[] buffer = new byte[Math.Min(CrcChunkBytes, entry.Length)];
        uint crc = 0;
        for (long done = 0; done < entry.Length;)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.Length - done));
            file.ReadExactly(entry.DataOffset + done, piece, entry.Name);
            crc = Crc32.Append(crc, piece);
            done += piece.Length;
        }

        return crc == entry.Crc;
    }

    private static string ReadText(RandomAccessFile file, ZipEntry entry)
    {
        byte[] bytes = new byte[Math.Min(16, entry.Length)];
        file.ReadExactly(entry.DataOffset, bytes, entry.Name);
        return new string([.. Encoding.ASCII.GetString(bytes).Trim().Select(c => c < ' ' ? '?' : c)]);
    }

    private static string Crop(string text) => text.Length <= 100 ? text : text[..100];

    private static InvalidFileException Wrong(RandomAccessFile file, string field, string problem, string hint = "the file is damaged or hostile") =>
        new(file.Path, field, problem, hint);
}
