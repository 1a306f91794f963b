using System.Text.Json.Nodes;
using STUNet.Training;

namespace STUNet.Tests.Cli;

/// <summary>Five tiny phantoms, planned once for the tests of a class, with a patch of 16x16x16; and command lines that train on them.</summary>
public sealed class PhantomTraining : IDisposable
{
    private readonly CliFiles _files = new();

    public PhantomTraining()
    {
        (string raw, string data) = (_files["raw/Dataset900_Torso"], _files["preprocessed"]);
        CliRun.Of("phantom", "-o", raw, "--cases", "5", "--size", "24x20x28", "--spacing", "12").Succeeded();
        CliRun.Of("plan", raw, "-o", data).Succeeded();
        Edit(data, configuration => configuration["patch_size"] = new JsonArray(16, 16, 16));
    }

    /// <summary>Copies the data set into the folder of a test and preprocesses it there.</summary>
    internal string Preprocessed(CliFiles files, params string[] more)
    {
        foreach (string file in _files.FilesIn(""))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(files[file])!);
            File.Copy(_files[file], files[file]);
        }

        string data = files["preprocessed"];
        CliRun.Of(["preprocess", files["raw/Dataset900_Torso"], "-o", data, .. more]).Succeeded();
        return data;
    }

    /// <summary>Changes the planned configuration.</summary>
    public static void Edit(string data, Action<JsonNode> edit)
    {
        string path = Path.Combine(data, ExperimentPlan.FileName);
        JsonNode plan = JsonNode.Parse(File.ReadAllText(path))!;
        edit(plan["configurations"]!["3d_fullres"]!);
        File.WriteAllText(path, plan.ToJsonString());
    }

    /// <summary>A short training of one fold.</summary>
    public static string[] Line(string data, string model, int epochs = 2, string fold = "0") =>
        ["train", data, "3d_fullres", fold, "-tr", "STUNetTrainer_small", "-o", model, "--epochs", $"{epochs}", "--iterations", "3", "--validation-iterations", "1"];

    public void Dispose() => _files.Dispose();
}
