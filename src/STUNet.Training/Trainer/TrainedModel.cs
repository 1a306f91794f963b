using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>Writes what a training ended with into a model folder, beside the folds that are there already.</summary>
public static class TrainedModel
{
    /// <summary>Checks, before hours of training, that a fold can be added to a model folder.</summary>
    /// <param name="folder">The folder; it may not exist yet.</param>
    /// <param name="manifest">The model.</param>
    /// <exception cref="InvalidFileException">The folder holds another model.</exception>
    public static void RequireRoom(string folder, ModelManifest manifest)
    {
        string path = Path.Combine(folder, ModelManifest.FileName);
        (manifest with { Folds = [new FoldFile("0", WeightsFile("0"))] }).Check(path);
        if (Existing(path) is { } existing && Essence(existing) != Essence(manifest))
            throw new InvalidFileException(path, "", "the folder holds another model: folds of one model share data set, plan and network", "name another folder");
    }

    /// <summary>Notes down in a fold's folder what model is trained there, for those who read its checkpoints before it is finished.</summary>
    /// <param name="folder">The fold's folder.</param>
    /// <param name="manifest">The model.</param>
    /// <param name="fold">The fold.</param>
    public static void WritePlanned(TrainingFolder folder, ModelManifest manifest, string fold) =>
        (manifest with { Folds = [new FoldFile(fold, WeightsFile(fold))] }).Write(folder[TrainingFolder.PlannedFile]);

    /// <summary>Writes the weights of a fold, then the manifest that names them.</summary>
    /// <param name="folder">The model folder; made if missing.</param>
    /// <param name="manifest">The model.</param>
    /// <param name="fold">The fold.</param>
    /// <param name="final">The end of its training.</param>
    /// <param name="cancellation">Stops between two pieces; nothing is left half written.</param>
    /// <returns>The manifest as written.</returns>
    public static ModelManifest Write(string folder, ModelManifest manifest, string fold, TrainingCheckpoint final, CancellationToken cancellation = default)
    {
        RequireRoom(folder, manifest);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, ModelManifest.FileName);
        ImmutableArray<TensorInfo> tensors = [.. StuNetParameters.Enumerate(manifest.Architecture).Select(parameter => new TensorInfo(parameter.Name, parameter.Shape, ElementType.F32))];
        string weights = Path.Combine(folder, WeightsFile(fold));
        SafetensorsWriter.Write(
            weights, tensors, (tensor, start, values) => final.Tensors.Read(tensor.Name, start, values), cancellation: cancellation);
        ImmutableArray<FoldFile> others = Existing(path) is { } existing ? [.. existing.Folds.Where(other => other.Name != fold)] : [];
        ModelManifest written = manifest with { Folds = [.. others.Add(new FoldFile(fold, WeightsFile(fold), FileHash.Sha256(weights, cancellation: cancellation))).OrderBy(entry => entry.Name, StringComparer.Ordinal)] };
        written.Write(path);
        return written;
    }

    private static string WeightsFile(string fold) => $"fold_{fold}.safetensors";

    private static ModelManifest? Existing(string path) => File.Exists(path) ? ModelManifest.Read(path) : null;

    private static string Essence(ModelManifest manifest) => ManifestJson.Write(manifest with { Folds = [], Sources = [], Converter = "", Licence = "" });
}
