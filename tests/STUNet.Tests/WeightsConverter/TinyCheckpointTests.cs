using System.Text;
using STUNet.Core;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

/// <summary>Two tiny files as PyTorch wrote them, part of the repository: reference/golden-values.md section 5.</summary>
public sealed class TinyCheckpointTests
{
    [Theory]
    [InlineData("tiny_zip")]
    [InlineData("tiny_legacy")]
    public void Open_TinyCheckpoint_GivesViewsAndScalars(string name)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tiny.model"], Bytes(name));
        using PyTorchCheckpoint checkpoint = new(folder["tiny.model"]);
        Assert.Equal(NnunetVersion.V1, checkpoint.Nnunet);
        Assert.Equal(["a.weight", "b.bias", "c", "d"], checkpoint.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([ElementType.F32, ElementType.F32, ElementType.F16, ElementType.I64], checkpoint.Tensors.Select(tensor => tensor.ElementType));
        Assert.Equal([0, 1, 2, 3, 4, 5], Values(checkpoint, "a.weight"));
        Assert.Equal([1, 3, 5], Values(checkpoint, "b.bias"));
        Assert.Equal([0.5f], Values(checkpoint, "c"));
        Assert.Equal([1, -2], Values(checkpoint, "d"));
        Assert.Equal(7L, checkpoint.Root["epoch"].Value);
        Assert.Contains("a.weight", Assert.Throws<InvalidFileException>(() => StuNetConfig.FromTensorShapes(checkpoint.Shapes(), [], checkpoint.Path)).Message);
        Assert.Throws<InvalidFileException>(() => checkpoint.Read("e", new float[1]));
    }

    [Fact]
    public void Open_ZipWithWrongChecksumOfATensor_IsRefusedWhenRead()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = Bytes("tiny_zip");
        int at = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 0, 0x80, 0x3F, 0, 0, 0, 0x40]);
        bytes[at] ^= 1;
        File.WriteAllBytes(folder["tiny.model"], bytes);
        using PyTorchCheckpoint checkpoint = new(folder["tiny.model"]);
        Assert.Contains("checksum", Assert.Throws<InvalidFileException>(() => Values(checkpoint, "a.weight")).Message);
        Assert.Equal([1, -2], Values(checkpoint, "d"));
    }

    [Fact]
    public void Append_CheckValueOfTheAlgorithm_IsTheKnownOne()
    {
        Assert.Equal(0xCBF43926u, Crc32.Append(0, "123456789"u8));
        Assert.Equal(0xCBF43926u, Crc32.Append(Crc32.Append(0, "1234"u8), "56789"u8));
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("_orig_mod.module._orig_mod.")]
    public void Open_WrapperPrefixes_AreStrippedRepeatedly(string prefix)
    {
        using TemporaryFolder folder = new();
        WriteStateDict(folder["x.pth"], new() { [prefix + "a"] = new PickledTensor("0", [2]) });
        using PyTorchCheckpoint checkpoint = new(folder["x.pth"]);
        Assert.Equal("a", Assert.Single(checkpoint.Tensors).Name);
        Assert.Null(checkpoint.Nnunet);
    }

    [Fact]
    public void Open_TwoNamesThatDifferInThePrefixOnly_IsRefused()
    {
        using TemporaryFolder folder = new();
        WriteStateDict(folder["x.pth"], new() { ["a"] = new PickledTensor("0", [2]), ["module.a"] = new PickledTensor("0", [2]) });
        Assert.Contains("module.a", Assert.Throws<InvalidFileException>(() => new PyTorchCheckpoint(folder["x.pth"])).Message);
    }

    internal static byte[] Bytes(string name) =>
        Convert.FromBase64String(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "tests", "STUNet.Tests", "WeightsConverter", "Data", $"{name}.base64"), Encoding.ASCII));

    private static float[] Values(PyTorchCheckpoint checkpoint, string name)
    {
        float[] values = new float[checkpoint.Tensors.Single(tensor => tensor.Name == name).Count];
        checkpoint.Read(name, values);
        return values;
    }

    private static void WriteStateDict(string path, Dictionary<string, object?> stateDict)
    {
        using TorchZipWriter zip = new(path);
        zip.Add("archive/data.pkl", PickleWriter.Write(stateDict));
        zip.Add("archive/data/0", new byte[8]);
        zip.Add("archive/version", "3\n"u8.ToArray());
    }
}
