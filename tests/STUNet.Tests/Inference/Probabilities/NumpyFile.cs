using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace STUNet.Tests.Inference;

/// <summary>A numpy archive of one array, read by what numpy documents of the format.</summary>
/// <param name="Name">Name of the array.</param>
/// <param name="Type">Its type as numpy writes it.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Values">Its elements.</param>
internal sealed partial record NumpyFile(string Name, string Type, int[] Shape, float[] Values)
{
    public static NumpyFile Read(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        ZipArchiveEntry entry = Assert.Single(archive.Entries);
        Assert.EndsWith(".npy", entry.FullName);
        using MemoryStream memory = new();
        using (Stream stream = entry.Open())
            stream.CopyTo(memory);
        byte[] bytes = memory.ToArray();
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0], bytes[..8]);
        int start = 10 + bytes[8] + (bytes[9] << 8);
        Assert.Equal(0, start % 64);
        string header = Encoding.ASCII.GetString(bytes, 10, start - 10);
        Match match = Description().Match(header);
        Assert.True(match.Success, header);
        int[] shape = [.. match.Groups["shape"].Value.Split(", ").Select(int.Parse)];
        string type = match.Groups["type"].Value;
        ReadOnlySpan<byte> data = bytes.AsSpan(start);
        float[] values = type == "<f2" ? [.. MemoryMarshal.Cast<byte, Half>(data).ToArray().Select(value => (float)value)] : MemoryMarshal.Cast<byte, float>(data).ToArray();
        Assert.Equal(shape.Aggregate(1, (product, size) => product * size), values.Length);
        return new NumpyFile(entry.FullName[..^4], type, shape, values);
    }

    [GeneratedRegex(@"^\{'descr': '(?<type><f[24])', 'fortran_order': False, 'shape': \((?<shape>[\d, ]+)\), \} *\n$", RegexOptions.ExplicitCapture)]
    private static partial Regex Description();
}
