using System.Text.Json.Nodes;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>
/// The file <c>predicted_from.json</c> beside the label maps of a validation: the checkpoint they come from. Label maps of another one are made anew.
/// </summary>
internal static class PredictedFrom
{
    public const string FileName = "predicted_from.json";
    private const string Field = "checkpoint_sha256";
    private const string NameField = "checkpoint";

    /// <summary>Makes a folder hold label maps of one checkpoint only.</summary>
    /// <param name="folder">The folder; made if missing.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="files">The label maps and what lies beside them, there or not; those of another checkpoint are removed.</param>
    public static void Begin(string folder, TrainingCheckpoint checkpoint, IEnumerable<string> files)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, FileName);
        if (!IsOf(path, checkpoint.Hash))
        {
            foreach (string file in files)
                File.Delete(file);
        }

        NnunetJson.Write(path, new JsonObject { [NameField] = Path.GetFileName(checkpoint.Path), [Field] = checkpoint.Hash });
    }

    private static bool IsOf(string path, string hash)
    {
        try
        {
            return File.Exists(path) && JsonInput.Read(path, root => root[Field].Text()) == hash;
        }
        catch (InvalidFileException)
        {
            return false;
        }
    }
}
