using System.Text;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;

namespace STUNet.Tests.Model.Files;

public sealed class SafetensorsTests
{
    private static readonly TensorInfo[] Tensors =
    [
        new("a", [3, 5], ElementType.F32),
        new("b.weight", [2, 0, 4], ElementType.F16),
        new("c", [], ElementType.BF16),
        new("long", [300_001], ElementType.F16),
    ];

    [Fact]
    public void Write_ThenRead_GivesRoundedValuesFromAnyStart()
    {
        using TemporaryFolder folder = new();
        string path = folder["x.safetensors"];
        SafetensorsWriter.Write(path, Tensors, Fill, new Dictionary<string, string> { ["made"] = "here" });
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal(0, BitConverter.ToInt64(bytes) % 8);

        using SafetensorsReader reader = new(path);
        Assert.Equal(Tensors.Select(Describe), reader.Tensors.Select(Describe));
        Assert.Equal("here", reader.Metadata["made"]);
        foreach (TensorInfo tensor in reader.Tensors)
        {
            float[] expected = new float[tensor.Count];
            Fill(tensor, 0, expected);
            expected = [.. expected.Select(value => Rounded(tensor.ElementType, value))];
            float[] actual = new float[tensor.Count];
            reader.Read(tensor.Name, actual);
            Assert.Equal(expected, actual);
            float[] tail = new float[tensor.Count / 3];
            reader.Read(tensor.Name, tensor.Count - tail.Length, tail);
            Assert.Equal(expected[^tail.Length..], tail);
        }

        Assert.Throws<InvalidFileException>(() => reader.Read("absent", new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read("a", 1, new float[15]));
    }

    [Theory]
    [InlineData(ElementType.F16, 65504f, 65520f)]
    [InlineData(ElementType.BF16, 3.38e38f, 3.4e38f)]
    public void Write_Overflow_NamesTensorAndValue(ElementType type, float largest, float tooLarge)
    {
        using TemporaryFolder folder = new();
        string path = folder["x.safetensors"];
        TensorInfo[] tensors = [new("w", [2], type)];
        SafetensorsWriter.Write(path, tensors, (_, _, values) => values.Fill(largest));
        InvalidRequestException failure = Assert.Throws<InvalidRequestException>(() => SafetensorsWriter.Write(path, tensors, (_, _, values) => values.Fill(tooLarge)));
        Assert.Contains("tensor w", failure.Message);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        SafetensorsWriter.Write(path, tensors, (_, _, values) => values.Fill(float.NegativeInfinity));
        using SafetensorsReader reader = new(path);
        float[] infinite = new float[2];
        reader.Read("w", infinite);
        Assert.Equal([float.NegativeInfinity, float.NegativeInfinity], infinite);
    }

    // Halfway cases round to even: 1 + 2^-11 lies between 1 and 1 + 2^-10 in half precision, 1 + 2^-8 between 1 and 1 + 2^-7 in bfloat16.
    [Theory]
    [InlineData(ElementType.F16, 1.00048828125f, 1f)]
    [InlineData(ElementType.F16, 1.00146484375f, 1.001953125f)]
    [InlineData(ElementType.F16, 2.9802322e-8f, 0f)]
    [InlineData(ElementType.BF16, 1.00390625f, 1f)]
    [InlineData(ElementType.BF16, 1.01171875f, 1.015625f)]
    public void FromSingles_HalfwayCases_RoundToEven(ElementType type, float value, float expected)
    {
        byte[] stored = new byte[type.Size()];
        Assert.Equal(-1, ElementConversion.FromSingles(type, [value], stored));
        float[] back = new float[1];
        ElementConversion.ToSingles(type, stored, back);
        Assert.Equal(expected, back[0]);
    }

    [Theory]
    [InlineData("{}", 0, null)]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, null)]
    [InlineData("", 0, "header")]
    [InlineData("[]", 0, "header")]
    [InlineData("{\"a\":1}", 0, "header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "a: data_offsets missing")]
    [InlineData("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2, "a: dtype F8_E4M3")]
    [InlineData("{\"a\":{\"dtype\":\"0\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "a: dtype 0")]
    [InlineData("{\"a\":{\"dtype\":\"132\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "a: dtype 132")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "a: data_offsets [0, 4]")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "a: data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "a: negative size")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536,65536,65536],\"data_offsets\":[0,0]}}", 0, "a: data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "b: data_offsets start at 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "a: data_offsets start at 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}", 16, "header")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9, "the header describes")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7, "the header describes")]
    [InlineData("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "header")]
    public void Open_Header_IsAcceptedOrNamesTheEntry(string header, int dataBytes, string? problem)
    {
        using TemporaryFolder folder = new();
        string path = folder["x.safetensors"];
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[dataBytes]]);
        if (problem is null)
            new SafetensorsReader(path).Dispose();
        else
            Assert.Contains($"{path}: {problem}", Assert.Throws<InvalidFileException>(() => new SafetensorsReader(path)).Message);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL << 40)]
    [InlineData(ulong.MaxValue)]
    public void Open_HeaderLengthBeyondTheFile_IsRefused(ulong length)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["x"], BitConverter.GetBytes(length));
        Assert.Throws<InvalidFileException>(() => new SafetensorsReader(folder["x"]));
        File.WriteAllBytes(folder["x"], [1, 2, 3]);
        Assert.Throws<InvalidFileException>(() => new SafetensorsReader(folder["x"]));
        Assert.Throws<InvalidFileException>(() => new SafetensorsReader(folder["absent"]));
    }

    private static void Fill(TensorInfo tensor, long start, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = MathF.Sin(start + i + tensor.Name.Length) * 3;
    }

    private static float Rounded(ElementType type, float value) => type switch
    {
        ElementType.F16 => (float)(Half)value,
        ElementType.BF16 => BFloat16.ToSingle(BFloat16.FromSingle(value)),
        _ => value,
    };

    private static string Describe(TensorInfo tensor) => $"{tensor.Name} [{string.Join(',', tensor.Shape)}] {tensor.ElementType}";
}
