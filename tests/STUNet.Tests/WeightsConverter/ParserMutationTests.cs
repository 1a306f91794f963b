using System.Diagnostics;
using System.Text.RegularExpressions;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>
/// 20 000 damaged files from sound seeds. Each is either read or refused with a <see cref="StuNetException"/>: no other exception, no hang, no
/// allocation beyond 64 MiB. Pickles inside archives get a fresh checksum, so that mutations reach the unpickler and the tensors.
/// </summary>
public sealed partial class ParserMutationTests
{
    private const int Rounds = 4000;
    private const long MaxAllocatedBytes = 64 << 20;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);
    private static readonly byte[][] Interesting = [[0], [0xFF], [0x7F], [0x80], [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80]];

    private static readonly Dictionary<byte[], (string Name, byte[] Content)[]> EntriesOfSeeds = [];

    [Fact]
    public void Open_MutatedZip_IsReadOrRefused() =>
        Run(1, [TinyCheckpointTests.Bytes("tiny_zip"), .. GoldenFiles(4096, 5000, "PK"u8.ToArray())], Mutate, ReadCheckpoint, minOutcomes: 8);

    [Fact]
    public void Open_ZipWithMutatedPickle_IsReadOrRefused() =>
        Run(2, [TinyCheckpointTests.Bytes("tiny_zip"), .. GoldenFiles(4096, 5000, "PK"u8.ToArray())], MutateInnerPickle, ReadCheckpoint, minOutcomes: 20);

    [Fact]
    public void Open_MutatedLegacyFile_IsReadOrRefused() =>
        Run(3, [TinyCheckpointTests.Bytes("tiny_legacy"), .. GoldenFiles(1000, 3000, [0x80, 2, 0x8A, 10])], Mutate, ReadCheckpoint, minOutcomes: 20);

    [Fact]
    public void Read_MutatedPlans_AreReadOrRefused() =>
        Run(4, [TinyModel.SideFile(TinyModel.Config, "STUNetTrainer_base"), .. GoldenFiles(500, 3000, [0x80], ".pkl")], Mutate, ReadPlans, minOutcomes: 20);

    [Fact]
    public void Read_MutatedModelFolder_IsReadOrRefused()
    {
        using TemporaryFolder folder = new();
        SafetensorsWriter.Write(
            folder["x"],
            [new("a", [2, 3], ElementType.F32), new("b", [4], ElementType.F16), new("c", [], ElementType.BF16)],
            (_, _, values) => values.Fill(1),
            new Dictionary<string, string> { ["k"] = "v" });
        TinyModel.Manifest(TinyModel.Config).Write(folder["y"]);
        Run(5, [File.ReadAllBytes(folder["x"])], Mutate, ReadSafetensors, minOutcomes: 10, Rounds / 2);
        Run(6, [File.ReadAllBytes(folder["y"])], Mutate, path => ModelManifest.Read(path), minOutcomes: 30, Rounds / 2);
    }

    private static void Run(int seed, List<byte[]> seeds, Func<Random, byte[], byte[]> mutate, Action<string> read, int minOutcomes, int rounds = Rounds)
    {
        using TemporaryFolder folder = new();
        string path = folder["x.bin"];
        HashSet<string> outcomes = [];
        for (int round = 0; round < rounds; round++)
        {
            byte[] input = mutate(new Random(seed * 100_000 + round), seeds[round % seeds.Count]);
            File.WriteAllBytes(path, input);
            Stopwatch clock = Stopwatch.StartNew();
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(path);
                outcomes.Add("read");
            }
            catch (StuNetException refused)
            {
                outcomes.Add(Variable().Replace(refused.Message.Replace(path, "", StringComparison.Ordinal), "#"));
            }
            catch (Exception crash)
            {
                Assert.Fail($"set {seed}, round {round}: {crash}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= MaxAllocatedBytes, $"set {seed}, round {round}: {allocated} bytes allocated for a file of {input.Length} bytes");
            Assert.True(clock.Elapsed < MaxTime, $"set {seed}, round {round} took {clock.Elapsed}");
        }

        Assert.Contains("read", outcomes);
        Assert.True(outcomes.Count >= minOutcomes, $"only {outcomes.Count} different outcomes: {string.Join(" | ", outcomes)}");
    }

    private static void ReadCheckpoint(string path)
    {
        using PyTorchCheckpoint checkpoint = new(path);
        foreach (TensorInfo tensor in checkpoint.Tensors)
        {
            // Only as much as a damaged shape may rightly claim: an expanded view reads its storage again and again.
            float[] values = new float[Math.Min(tensor.Count, 1 << 16)];
            checkpoint.Read(tensor.Name, tensor.Count - values.Length, values);
        }

        try
        {
            StuNetConfig.FromTensorShapes(checkpoint.Shapes(), [], path);
        }
        catch (InvalidFileException)
        {
            // The seeds are sound checkpoints of a few tensors, not whole networks: reading them counts as success.
        }
    }

    private static void ReadPlans(string path)
    {
        if (PickleFile.Read(path) is { IsDict: true } root && root.Optional("plans") is null)
            NnunetV1Plans.Read(path);
        else
            NnunetV1SideFile.Read(path);
    }

    private static void ReadSafetensors(string path)
    {
        using SafetensorsReader reader = new(path);
        foreach (TensorInfo tensor in reader.Tensors)
            reader.Read(tensor.Name, new float[tensor.Count]);
    }

    private static List<byte[]> GoldenFiles(int minBytes, int maxBytes, byte[] start, string suffix = "")
    {
        if (GoldenSet.Main is null)
            return [];
        return
        [
            .. GoldenSet.Main.FilesBelow("checkpoints/", suffix)
                .Where(file => !file.Name.Contains("/bad/", StringComparison.Ordinal) && new FileInfo(file.FullPath).Length is var length && length >= minBytes && length <= maxBytes)
                .Select(file => File.ReadAllBytes(file.FullPath))
                .Where(bytes => bytes.AsSpan().StartsWith(start)),
        ];
    }

    private static byte[] Mutate(Random random, byte[] seed)
    {
        List<byte> bytes = [.. seed];
        int changes = random.Next(1, 4);
        for (int change = 0; change < changes && bytes.Count > 16; change++)
        {
            int at = random.Next(bytes.Count);
            int length = Math.Min(random.Next(1, 16), bytes.Count - at);
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    byte[] value = Interesting[random.Next(Interesting.Length)];
                    for (int i = 0; i < value.Length && at + i < bytes.Count; i++)
                        bytes[at + i] = value[i];
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length), length));
                    break;
                case 5:
                    bytes[at] = bytes[random.Next(bytes.Count)];
                    break;
                case 6:
                    if (random.Next(4) == 0)
                        bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes[at] = (byte)(bytes[at] + random.Next(-2, 3));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] MutateInnerPickle(Random random, byte[] seed)
    {
        MemoryStream stream = new();
        using (TorchZipWriter zip = new(stream))
        {
            foreach ((string name, byte[] content) in Entries(seed))
                zip.Add(name, name.EndsWith("/data.pkl", StringComparison.Ordinal) ? Mutate(random, content) : content);
        }

        return stream.ToArray();
    }

    private static (string Name, byte[] Content)[] Entries(byte[] seed)
    {
        if (EntriesOfSeeds.TryGetValue(seed, out (string, byte[])[]? known))
            return known;
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["seed"], seed);
        using RandomAccessFile file = new(folder["seed"]);
        return EntriesOfSeeds[seed] =
            [.. StoredZip.ReadDirectory(file).Values.Select(entry => (entry.Name, seed[(int)entry.DataOffset..(int)(entry.DataOffset + entry.Length)]))];
    }

    [GeneratedRegex("[0-9]+|(?<=: )[^:;]*(?=: )|\"[^\"]*\"|\\[[^\\]]*\\]")]
    private static partial Regex Variable();
}
