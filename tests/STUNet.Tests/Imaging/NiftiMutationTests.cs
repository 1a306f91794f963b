using System.IO.Compression;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Nifti;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Imaging;

/// <summary>Damaged images end in one clear error or are read; they never crash, hang, or take memory they do not fill.</summary>
public sealed class NiftiMutationTests
{
    private const int Inputs = 20_000;
    private const int OwnInputs = 4_000;
    private const int PairInputs = 2_000;
    private const long MostBytes = 64L << 20;

    // Values that lie on the edges of the fields' types, in both byte orders where they are palindromes and by chance where not.
    private static readonly ulong[] Edges =
        [0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FC00000, 0x7F800000, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000, ulong.MaxValue];

    [Fact]
    public void Read_MutatedGoldenImages_ErrorOrVolumeWithinMemory()
    {
        IReadOnlyList<(string Name, byte[] Bytes)> seeds = GoldenImages.GoodBytes();
        _ = GoldenCases.Main;
        Mutate(seeds, Inputs);
    }

    [Fact]
    public void Read_MutatedOwnImages_ErrorOrVolumeWithinMemory()
    {
        List<(string Name, byte[] Bytes)> seeds = [];
        foreach (int version in new[] { 1, 2 })
        {
            foreach (bool bigEndian in new[] { false, true })
            {
                byte[] extension = bigEndian ? [0, 0, 0, 16, 0, 0, 0, 4, .. new byte[8]] : [16, 0, 0, 0, 4, 0, 0, 0, .. new byte[8]];
                NiftiBytes image = new(version, bigEndian, 4, [5, 4, 3]) { Slope = 2, Qform = [0.1, 0.2, 0.3, 1, 2, 3, -1], Extension = extension };
                byte[] file = image.File([.. Enumerable.Range(0, 60).Select(i => (ulong)i)]);
                seeds.Add(("own.nii", file));
                seeds.Add(("own.nii.gz", NiftiBytes.Gzip(file)));
            }
        }

        Mutate(seeds, OwnInputs);
    }

    [Fact]
    public void Read_MutatedPairs_ErrorOrVolumeWithinMemory()
    {
        Random random = new(7);
        NiftiBytes pair = new(1, false, 4, [5, 4, 3]) { Single = false };
        (byte[] header, byte[] image) = (pair.Header(), pair.Voxels(new ulong[60]));
        int read = 0;
        for (int i = 0; i < PairInputs; i++)
        {
            byte[] first = random.Next(2) == 0 ? header : Mutated(header, random);
            byte[] second = random.Next(2) == 0 ? image : Mutated(image, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                NiftiReader.Read("own.hdr", new MemoryStream(first), "own.img", new MemoryStream(second));
                read++;
            }
            catch (InvalidFileException error)
            {
                Assert.StartsWith("own.", error.Message);
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before <= MostBytes);
        }

        Assert.InRange(read, PairInputs / 10, PairInputs * 9 / 10);
    }

    private static void Mutate(IReadOnlyList<(string Name, byte[] Bytes)> seeds, int inputs)
    {
        Random random = new(20230413);
        byte[][] contents = [.. seeds.Select(seed => Content(seed.Bytes))];
        int read = 0;
        Dictionary<string, int> refusals = [];
        for (int i = 0; i < inputs; i++)
        {
            int at = random.Next(seeds.Count);
            string name = seeds[at].Name;
            bool zipped = name.EndsWith(".gz", StringComparison.Ordinal);

            // One in four mutates a compressed file as it lies; the others mutate what is inside and compress it again.
            byte[] bytes = zipped && random.Next(4) == 0 ? Mutated(seeds[at].Bytes, random) : Mutated(contents[at], random);
            if (zipped && bytes.AsSpan().IndexOf<byte>([0x1F, 0x8B]) != 0)
                bytes = NiftiBytes.Gzip(bytes);

            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Volume volume = NiftiReader.Read(name, new MemoryStream(bytes), null, null);
                Assert.Equal(volume.Size.Product, volume.Voxels.Length);
                read++;
            }
            catch (StuNetException error)
            {
                Assert.StartsWith(name, error.Message);
                string field = ((InvalidFileException)error).Field;
                refusals[field] = refusals.GetValueOrDefault(field) + 1;
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= MostBytes, $"input {i} ({name}, {bytes.Length} bytes) allocated {allocated} bytes");
        }

        // The mutations reach past the first checks: many files are still read, and refusals come from many fields.
        TestContext.Current.TestOutputHelper?.WriteLine($"{inputs} inputs, {read} read; refused by {string.Join(", ", refusals.Select(pair => $"{pair.Key} {pair.Value}"))}");
        Assert.InRange(read, inputs / 10, inputs * 9 / 10);
        Assert.True(refusals.Count >= 10, $"only {refusals.Count} different fields refused anything");
    }

    private static byte[] Mutated(byte[] source, Random random)
    {
        byte[] bytes = [.. source];
        int rounds = 1 + random.Next(3);
        for (int round = 0; round < rounds && bytes.Length > 0; round++)
        {
            // Header fields more often than voxels: positions are drawn from the first 560 bytes three times out of four.
            int limit = random.Next(4) == 0 ? bytes.Length : Math.Min(bytes.Length, 560);
            int at = random.Next(limit);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    WriteEdge(bytes, at & ~1, 2, random);
                    break;
                case 3:
                    WriteEdge(bytes, at & ~3, 4, random);
                    break;
                case 4:
                    WriteEdge(bytes, at & ~7, 8, random);
                    break;
                default:
                    bytes = random.Next(2) == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes, .. new byte[random.Next(64)]];
                    break;
            }
        }

        return bytes;
    }

    private static void WriteEdge(byte[] bytes, int at, int width, Random random)
    {
        ulong value = Edges[random.Next(Edges.Length)];
        bool reversed = random.Next(2) == 0;
        for (int i = 0; i < width && at + i < bytes.Length; i++)
            bytes[at + i] = (byte)(value >> (8 * (reversed ? width - 1 - i : i)));
    }

    private static byte[] Content(byte[] bytes)
    {
        if (bytes[0] != 0x1F)
            return bytes;
        using GZipStream gzip = new(new MemoryStream(bytes), CompressionMode.Decompress);
        using MemoryStream content = new();
        gzip.CopyTo(content);
        return content.ToArray();
    }
}
