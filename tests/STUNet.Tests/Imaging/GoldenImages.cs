using System.Text.Json;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;

namespace STUNet.Tests.Imaging;

/// <summary>The images section of the golden set: files and what the manifest says about them.</summary>
internal static class GoldenImages
{
    private const string Folder = "images/";
    private const string Expected = Folder + "expected.safetensors";
    private const string CaseName = "images";

    /// <summary>One row per file of a list of the case, <c>good</c> or <c>bad</c>: its name.</summary>
    public static IEnumerable<ITheoryDataRow> Rows(string list) => GoldenCases.Rows(
        GoldenSet.Main, set => set.File(Expected).Case(CaseName).GetProperty(list).EnumerateObject().Select(file => (object)file.Name));

    /// <summary>Path and manifest entry of a good file, entered in the ledger.</summary>
    public static (string Path, JsonElement Entry) Good(string name) =>
        (GoldenCases.Main.File(Folder + name).OpenPath(), GoldenCases.Main.File(Expected).Case(CaseName).GetProperty("good").GetProperty(name));

    /// <summary>Path of a bad file, entered in the ledger, and what is wrong with it.</summary>
    public static (string Path, string Fault) Bad(string name) =>
        (GoldenCases.Main.File(Folder + name).OpenPath(), GoldenCases.Main.File(Expected).Case(CaseName).GetProperty("bad").GetProperty(name).GetString()!);

    /// <summary>A tensor of the section.</summary>
    public static GoldenTensor Tensor(string name) => GoldenCases.Main.File(Expected).Tensor(name);

    /// <summary>The bytes of all good files, for mutation; empty where the set is absent.</summary>
    public static IReadOnlyList<(string Name, byte[] Bytes)> GoodBytes() => GoldenSet.Main is not { } set
        ? []
        : [.. set.File(Expected).Case(CaseName).GetProperty("good").EnumerateObject()
            .Select(file => (file.Name, File.ReadAllBytes(set.File(Folder + file.Name).FullPath)))];
}
