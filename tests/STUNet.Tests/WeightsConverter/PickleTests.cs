using STUNet.Core;
using STUNet.TestKit;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>Opcodes and calls one by one; the byte strings are protocol 2 streams without their two-byte start and their STOP.</summary>
public sealed class PickleTests
{
    [Theory]
    [InlineData("\u008a\u0000", 0L)]
    [InlineData("\u008a\u0001\u00ff", -1L)]
    [InlineData("\u008a\u0002\u00ff\u0000", 255L)]
    [InlineData("\u008a\u0008\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0080", long.MinValue)]
    [InlineData("\u008b\u0002\u0000\u0000\u0000\u0001\u0001", 257L)]
    [InlineData("J\u00fe\u00ff\u00ff\u00ff", -2L)]
    [InlineData("M\u00ff\u00ff", 65535L)]
    [InlineData("K\u0007", 7L)]
    [InlineData("G\u003f\u00f8\u0000\u0000\u0000\u0000\u0000\u0000", 1.5)]
    [InlineData("U\u0002\u00e9x", "\u00e9x")]
    [InlineData("X\u0003\u0000\u0000\u0000\u00c3\u00a9x", "\u00e9x")]
    [InlineData("\u0088", true)]
    [InlineData("K\u0001K\u00020", 1L)]
    [InlineData("K\u0001(K\u0002K\u00031", 1L)]
    [InlineData("K\u0005q\u00000h\u0000", 5L)]
    [InlineData("c_codecs\nencode\nX\u0002\u0000\u0000\u0000\u00c3\u00bfX\u0006\u0000\u0000\u0000latin1\u0086R", new byte[] { 255 })]
    [InlineData("cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\u0002\u0000\u0000\u0000i2\u0085R(K\u0003U\u0001>tbC\u0002\u0001\u0002\u0086R", 258L)]
    [InlineData("cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\nX\u0002\u0000\u0000\u0000b1\u0085RC\u0001\u0001\u0086R", true)]
    public void Load_Stream_GivesTheValue(string stream, object expected) => Assert.Equal(expected, Load(stream));

    [Fact]
    public void Load_NumpyArrayInFortranOrder_IsTransposed()
    {
        string bytes = string.Concat(new[] { 1, 4, 2, 5, 3, 6 }.Select(value => $"{(char)value}"));
        object? value = Load($"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\u0085C\u0001b\u0087R(K\u0001K\u0002K\u0003\u0086cnumpy\ndtype\nU\u0002u1\u0085R\u0088C\u0006{bytes}tb");
        NumpyArray array = Assert.IsType<NumpyArray>(value);
        Assert.Equal([2, 3], array.Shape);
        Assert.Equal([1L, 2L, 3L, 4L, 5L, 6L], array.Items);
    }

    // Lists that hold the previous one twice, nested properly: 2^40 values if walked as a tree.
    [Fact]
    public void Load_SharingThatExplodes_IsRefused() =>
        Assert.Contains("expand", Refused(string.Concat(Enumerable.Repeat("](", 40)) + "K\u0001" + string.Concat(Enumerable.Range(0, 40).Select(i => $"q{(char)i}h{(char)i}e"))));

    // The same memoised text encoded again and again: a kilobyte of stream each time, made from ten bytes.
    [Fact]
    public void Load_CallsThatMultiplyTheContent_AreRefused()
    {
        string text = new('a', 4000);
        string stream = $"(X\u00a0\u000f\u0000\u0000{text}q\u00000" + string.Concat(Enumerable.Repeat("c_codecs\nencode\nh\u0000U\u0006latin1\u0086R", 200)) + "t";
        Assert.Contains("multiply", Refused(stream));
    }

    [Theory]
    [InlineData("c_codecs\nencode\nX\u0002\u0000\u0000\u0000abX\u0005\u0000\u0000\u0000utf-8\u0086R", "_codecs.encode cannot be called")]
    [InlineData("ccollections\nOrderedDict\nK\u0001\u0085R", "a dict made from")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R", "_rebuild_tensor_v2 cannot be called")]
    [InlineData("cnumpy\ndtype\nU\u0002V8\u0085R", "dtype V8")]
    [InlineData("ctorch.storage\n_load_from_bytes\n", "torch.storage._load_from_bytes")]
    [InlineData("}]K\u0001s", "a list as a key")]
    [InlineData("K\u0001Q", "a persistent id where none belongs")]
    [InlineData("K\u0001K\u0002", "2 values are left")]
    [InlineData("K\u0001(", "1 values are left")]
    [InlineData("(0", "the stack is empty")]
    public void Load_WrongStream_SaysWhatIsWrong(string stream, string problem) => Assert.Contains(problem, Refused(stream));

    private static object? Load(string stream)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["x.pkl"], [0x80, 2, .. stream.Select(c => (byte)c), (byte)'.']);
        return PickleFile.Read(folder["x.pkl"]).Value;
    }

    private static string Refused(string stream) => Assert.Throws<InvalidFileException>(() => Load(stream)).Message;
}
