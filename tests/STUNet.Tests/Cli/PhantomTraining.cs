using System.Text.Json.Nodes;
using STUNet.Training;

namespace STUNet.Tests.Cli;

/// <summary>Five tiny phantoms, planned once for the tests of a class, with a patch of 16x16x16; and command lines that train on them.</summary>
public sealed class PhantomTraining : IDisposable
{
    /// <summary>Channels of STU-Net-S.</summary>
    public const string SmallDims = "16,32,64,128,256,256";

    /// <summary>So few channels that checkpoints are small.</summary>
    public const string FewDims = "8,8,8,8,8,8";
    private readonly CliFiles _files = new();

    public PhantomTraining()
    {
        (string raw, string data) = (_files["raw/Dataset900_Torso"], _files["preprocessed"]);
        CliRun.Of("phantom", "-o", raw, "--cases", "5", "--size", "24x20x28", "--spacing", "12").Succeeded();
        CliRun.Of("plan", raw, "-o", data).Succeeded();
        Edit(data, UseSmallPatch);
    }

    /// <summary>Copies the data set into the folder of a test and preprocesses it there.</summary>
    internal string Preprocessed(CliFiles files, params string[] more)
    {
        Copy(files);
        string data = files["preprocessed"];
        CliRun.Of(["preprocess", Raw(files), "-o", data, .. more]).Succeeded();
        return data;
    }

    /// <summary>The same with another dataset.json, for which it is planned anew.</summary>
    internal string PreprocessedWith(CliFiles files, Action<JsonNode> dataset)
    {
        Copy(files);
        string data = files["preprocessed"];
        EditJson(Path.Combine(Raw(files), DatasetDescription.FileName), dataset);
        CliRun.Of("plan", Raw(files), "-o", data).Succeeded();
        Edit(data, UseSmallPatch);
        CliRun.Of("preprocess", Raw(files), "-o", data).Succeeded();
        return data;
    }

    /// <summary>The first image of the data set in the folder of a test.</summary>
    internal static string FirstImage(CliFiles files) => Directory.GetFiles(Path.Combine(Raw(files), "imagesTr")).Order(StringComparer.Ordinal).First();

    /// <summary>Changes the planned configuration.</summary>
    public static void Edit(string data, Action<JsonNode> edit) => EditJson(Path.Combine(data, ExperimentPlan.FileName), plan => edit(plan["configurations"]!["3d_fullres"]!));

    /// <summary>A short training of one fold by a network of the given channels, few so that checkpoints are small.</summary>
    public static string[] Line(string data, string model, int epochs = 2, string fold = "0", string dims = FewDims) =>
        [.. Brief(data, model, fold, dims), "--epochs", $"{epochs}", "--iterations", "3", "--validation-iterations", "1"];

    /// <summary>A line that says what is trained, and not how long.</summary>
    public static string[] Brief(string data, string model, string fold = "0", string dims = FewDims) =>
        ["train", data, "3d_fullres", fold, "-tr", "STUNetTrainer_small", "-o", model, "--dims", dims];

    public void Dispose() => _files.Dispose();

    private static string Raw(CliFiles files) => files["raw/Dataset900_Torso"];

    private static void UseSmallPatch(JsonNode configuration) => configuration["patch_size"] = new JsonArray(16, 16, 16);

    private static void EditJson(string path, Action<JsonNode> edit)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(path))!;
        edit(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    private void Copy(CliFiles files)
    {
        foreach (string file in _files.FilesIn(""))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(files[file])!);
            File.Copy(_files[file], files[file]);
        }
    }
}
