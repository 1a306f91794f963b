using System.Collections.Immutable;
using STUNet.Core;
using STUNet.TestKit;
using STUNet.WeightsConverter;

namespace STUNet.Tests.WeightsConverter;

public sealed class NnunetV1SplitsTests
{
    // pickle.dumps (protocol 4) of Python 3.11 and numpy 1.24: a list of two OrderedDicts of arrays of type U6, as nnU-Net v1 makes them.
    private const string Pickled =
        "gASVDAIAAAAAAABdlCiMC2NvbGxlY3Rpb25zlIwLT3JkZXJlZERpY3SUk5QpUpQojAV0cmFpbpSMFW51bXB5LmNvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycm"
        + "F5lJOUSwCFlEMBYpSHlFKUKEsBSwSFlGgJjAVkdHlwZZSTlIwCVTaUiYiHlFKUKEsDjAE8lE5OTksYSwRLCHSUYolDYGMAAABhAAAAcwAAAGUAAABfAAAAMQAAAGMAAABhAAAAcwAAAGUAAABfAAAA"
        + "MgAAAGMAAABhAAAAcwAAAGUAAABfAAAAMwAAAGMAAABhAAAAcwAAAGUAAABfAAAANAAAAJR0lGKMA3ZhbJRoCGgLSwCFlGgNh5RSlChLAUsBhZRoFYlDGGMAAABhAAAAcwAAAGUAAABfAAAAMAAAAJ"
        + "R0lGJ1aAMpUpQoaAVoCGgLSwCFlGgNh5RSlChLAUsEhZRoFYlDYGMAAABhAAAAcwAAAGUAAABfAAAAMAAAAGMAAABhAAAAcwAAAGUAAABfAAAAMgAAAGMAAABhAAAAcwAAAGUAAABfAAAAMwAAAGMA"
        + "AABhAAAAcwAAAGUAAABfAAAANAAAAJR0lGJoGmgIaAtLAIWUaA2HlFKUKEsBSwGFlGgViUMYYwAAAGEAAABzAAAAZQAAAF8AAAAxAAAAlHSUYnVlLg==";

    /// <summary>Five cases, case_0 to case_4, in two folds; each validates on the case of its number.</summary>
    public static byte[] OfNumpy => Convert.FromBase64String(Pickled);

    /// <summary>One fold of lists.</summary>
    public static byte[] Naming(params string[] training) => PickleWriter.Write(
        new List<object?> { new Dictionary<string, object?> { ["train"] = training.ToList<object?>(), ["val"] = new List<object?> { "case_0" } } });

    [Fact]
    public void Read_FileOfNumpy_HasItsFolds()
    {
        using TemporaryFolder folder = new();
        (IReadOnlyList<string> train, IReadOnlyList<string> validation)[] folds = [.. Read(folder, OfNumpy).Select(fold => ((IReadOnlyList<string>)fold.Train, (IReadOnlyList<string>)fold.Validation))];
        Assert.Equal(2, folds.Length);
        Assert.Equal(["case_1", "case_2", "case_3", "case_4"], folds[0].train);
        Assert.Equal(["case_0"], folds[0].validation);
        Assert.Equal(["case_0", "case_2", "case_3", "case_4"], folds[1].train);
        Assert.Equal(["case_1"], folds[1].validation);
    }

    [Fact]
    public void Read_WrongContent_NamesTheField()
    {
        using TemporaryFolder folder = new();
        Refused(PickleWriter.Write(new List<object?>()), "1 to");
        Refused(PickleWriter.Write(new Dictionary<string, object?> { ["train"] = 1L }), "expected a list");
        Refused(PickleWriter.Write(new List<object?> { new Dictionary<string, object?> { ["train"] = new List<object?> { "a" } } }), "[0].val: missing");
        Refused(PickleWriter.Write(new List<object?> { new Dictionary<string, object?> { ["train"] = new List<object?> { 1L } } }), "[0].train[0]: expected a text");
        Refused(Naming("a", "a"), "[0].train: a case occurs twice");

        void Refused(byte[] bytes, string expected) => Assert.Contains(expected, Assert.Throws<InvalidFileException>(() => Read(folder, bytes)).Message);
    }

    [Fact]
    public void Read_DamagedBytes_NeverFailsInAnotherWay()
    {
        using TemporaryFolder folder = new();
        Random random = new(5);
        for (int round = 0; round < 1000; round++)
        {
            byte[] bytes = OfNumpy;
            for (int change = 0; change <= round % 3; change++)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Read(folder, round % 4 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            }
            catch (InvalidFileException failure)
            {
                Assert.StartsWith(folder["splits_final.pkl"], failure.Message);
            }
        }
    }

    private static ImmutableArray<(ImmutableArray<string> Train, ImmutableArray<string> Validation)> Read(
        TemporaryFolder folder, byte[] bytes)
    {
        File.WriteAllBytes(folder["splits_final.pkl"], bytes);
        return NnunetV1Splits.Read(folder["splits_final.pkl"]);
    }
}
