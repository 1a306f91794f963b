using System.IO.Compression;

namespace STUNet.TestKit.Golden;

/// <summary>PyTorch's label of every voxel, and the voxels whose two best logits lie so near to each other that either label is right.</summary>
public sealed class GoldenLabels
{
    private readonly byte[] _labels;
    private readonly byte[] _ambiguous; // one bit a voxel, the highest first

    private GoldenLabels(byte[] labels, byte[] ambiguous) => (_labels, _ambiguous) = (labels, ambiguous);

    /// <summary>Voxels.</summary>
    public int Count => _labels.Length;

    /// <summary>Reads the two files that lie beside a network's.</summary>
    /// <param name="set">The set.</param>
    /// <param name="network">The network's file.</param>
    public static GoldenLabels Beside(GoldenSet set, GoldenFile network) => new(Inflate(FileOf(set, network, "argmax")), Inflate(FileOf(set, network, "ambiguous")));

    /// <summary>Accounts for both files without reading them.</summary>
    /// <param name="set">The set.</param>
    /// <param name="network">The network's file.</param>
    public static void Account(GoldenSet set, GoldenFile network)
    {
        _ = FileOf(set, network, "argmax").OpenPath();
        _ = FileOf(set, network, "ambiguous").OpenPath();
    }

    /// <summary>Counts the labels that differ outside of the ambiguous voxels.</summary>
    /// <param name="labels">As many labels.</param>
    public int CountWrong(ReadOnlySpan<float> labels)
    {
        int wrong = 0;
        for (int voxel = 0; voxel < _labels.Length; voxel++)
        {
            bool isAmbiguous = (_ambiguous[voxel / 8] >> (7 - (voxel % 8)) & 1) != 0;
            if (!isAmbiguous && labels[voxel] != _labels[voxel])
                wrong++;
        }

        return wrong;
    }

    private static GoldenFile FileOf(GoldenSet set, GoldenFile network, string kind) => set.File(network.Name.Replace(".safetensors", $".{kind}.bin.z", StringComparison.Ordinal));

    private static byte[] Inflate(GoldenFile file)
    {
        using ZLibStream stream = new(File.OpenRead(file.OpenPath()), CompressionMode.Decompress);
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
