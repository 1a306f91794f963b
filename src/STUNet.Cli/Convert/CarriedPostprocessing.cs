using System.Collections.Immutable;
using System.Text.Json.Nodes;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Model;
using STUNet.WeightsConverter;

namespace STUNet.Cli;

/// <summary>The postprocessing of a model that is converted: <c>postprocessing.json</c>, or else nnU-Net v2's <c>postprocessing.pkl</c>.</summary>
/// <param name="Text">The text of <c>postprocessing.json</c>.</param>
/// <param name="Postprocessing">What it says.</param>
internal sealed record CarriedPostprocessing(string Text, LabelPostprocessing Postprocessing)
{
    /// <summary>Reads that of a folder; null where it has none.</summary>
    /// <param name="folder">A model folder or trainer folder.</param>
    /// <exception cref="InvalidFileException">The file is unusable.</exception>
    public static CarriedPostprocessing? Find(string folder)
    {
        string json = Path.Combine(folder, PostprocessingFile.FileName);
        if (File.Exists(json))
        {
            LabelPostprocessing read = PostprocessingFile.Read(json);
            return new CarriedPostprocessing(File.ReadAllText(json), read);
        }

        string pickle = Path.Combine(folder, PostprocessingPickle.FileName);
        return File.Exists(pickle) ? Of(PostprocessingPickle.Read(pickle)) : null;
    }

    /// <summary>Writes it for stunet.</summary>
    /// <param name="folder">The model folder.</param>
    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, PostprocessingFile.FileName), Text);

    /// <summary>Writes it for the nnU-Net that it is of.</summary>
    /// <param name="folder">The trainer folder.</param>
    /// <returns>The files.</returns>
    public IReadOnlyList<string> WriteForNnunet(string folder)
    {
        Write(folder);
        string json = Path.Combine(folder, PostprocessingFile.FileName);
        if (Postprocessing.Version == NnunetVersion.V1)
            return [json];
        string pickle = Path.Combine(folder, PostprocessingPickle.FileName);
        PostprocessingPickle.Write(pickle, [.. Postprocessing.Steps.Select(step => step.What.Labels)]);
        return [json, pickle];
    }

    private static CarriedPostprocessing Of(ImmutableArray<ImmutableArray<uint>> kept)
    {
        JsonObject json = new()
        {
            ["postprocessing_fns"] = new JsonArray([.. kept.Select(_ => (JsonNode)PostprocessingPickle.KeepLargest)]),
            ["postprocessing_kwargs"] = new JsonArray([.. kept.Select(labels => new JsonObject
            {
                ["labels_or_regions"] = labels.Length == 1 ? labels[0] : new JsonArray([.. labels.Select(label => (JsonNode)label)]),
            })]),
        };
        return new CarriedPostprocessing(json.ToJsonString(), new LabelPostprocessing(
            NnunetVersion.V2,
            [.. kept.Select(labels => new KeepLargest(
                labels.Length == 1 ? LabelOrRegion.Label(labels[0]) : LabelOrRegion.Region(labels), LabelPostprocessing.NeighboursOf(NnunetVersion.V2)))]));
    }
}
