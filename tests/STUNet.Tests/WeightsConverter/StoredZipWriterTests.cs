using System.IO.Compression;
using STUNet.Core;
using STUNet.TestKit;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>ZIP64 without files of 4 GiB: the limit from which on it is used is lowered.</summary>
public sealed class StoredZipWriterTests
{
    [Theory]
    [InlineData(uint.MaxValue)] // plain
    [InlineData(500)] // one entry is large, later ones are far, the directory too
    [InlineData(1)] // all
    public void Add_AnyLimit_IsReadByUsAndByDotNet(long plainLimit)
    {
        using TemporaryFolder folder = new();
        string path = folder["archive"];
        byte[][] contents = [new byte[10], [.. Enumerable.Range(0, 700).Select(i => (byte)i)], [1, 2, 3]];
        using (FileStream stream = File.Create(path))
        {
            StoredZipWriter writer = new(stream, plainLimit);
            for (int i = 0; i < contents.Length; i++)
                writer.Add($"root/{i}", contents[i]);
            writer.Finish();
        }

        using (RandomAccessFile file = new(path))
        {
            Dictionary<string, ZipEntry> entries = StoredZip.ReadDirectory(file);
            for (int i = 0; i < contents.Length; i++)
            {
                ZipEntry entry = entries[$"root/{i}"];
                byte[] read = new byte[entry.Length];
                file.ReadExactly(entry.DataOffset, read, entry.Name);
                Assert.Equal(contents[i], read);
                Assert.Equal(0, entry.DataOffset % 64);
            }
        }

        using ZipArchive archive = ZipFile.OpenRead(path);
        for (int i = 0; i < contents.Length; i++)
        {
            using MemoryStream copy = new();
            using (Stream entry = archive.GetEntry($"root/{i}")!.Open())
                entry.CopyTo(copy);
            Assert.Equal(contents[i], copy.ToArray());
        }

        // The locator of the ZIP64 directory stands where a limit is passed, and only there.
        Assert.Equal(plainLimit < uint.MaxValue, File.ReadAllBytes(path).AsSpan().IndexOf("PK\x06\x07"u8) >= 0);
    }
}
