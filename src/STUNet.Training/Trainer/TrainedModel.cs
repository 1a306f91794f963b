using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>Writes what a training ended with into a model folder, beside the folds that are there already.</summary>
public static class TrainedModel
{
    /// <summary>Name of the folder that a fold is trained in.</summary>
    /// <param name="fold">The fold; * for a pattern of all.</param>
    public static string FoldFolder(string fold) => $"fold_{fold}";

    /// <summary>Name of the file with the weights of a fold.</summary>
    /// <param name="fold">The fold.</param>
    internal static string WeightsFile(string fold) => $"{FoldFolder(fold)}.safetensors";

    /// <summary>Checks, before hours of training, that a fold can be added to a model folder.</summary>
    /// <param name="folder">The folder; it may not exist yet.</param>
    /// <param name="manifest">The model.</param>
    /// <param name="fold">The fold.</param>
    /// <exception cref="InvalidFileException">The folder holds another model, or another fold is trained there to become one.</exception>
    public static void RequireRoom(string folder, ModelManifest manifest, string fold)
    {
        string path = Path.Combine(folder, ModelManifest.FileName);
        (manifest with { Folds = [new FoldFile(fold, WeightsFile(fold))] }).Check(path);
        RequireSame(path, manifest);
        if (!Directory.Exists(folder))
            return;
        foreach (string other in Directory.GetDirectories(folder, FoldFolder("*")).Where(other => Path.GetFileName(other) != FoldFolder(fold)).Order(StringComparer.Ordinal))
            RequireSame(Path.Combine(other, TrainingFolder.PlannedFile), manifest);
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
        string path = Path.Combine(folder, ModelManifest.FileName);
        RequireSame(path, manifest);
        Directory.CreateDirectory(folder);
        ImmutableArray<TensorInfo> tensors = [.. StuNetParameters.Enumerate(manifest.Architecture).Select(parameter => new TensorInfo(parameter.Name, parameter.Shape, ElementType.F32))];
        string weights = Path.Combine(folder, WeightsFile(fold));
        SafetensorsWriter.Write(
            weights, tensors, (tensor, start, values) => final.Tensors.Read(tensor.Name, start, values), cancellation: cancellation);
        ModelManifest? existing = Existing(path);
        ImmutableArray<FoldFile> others = existing is not null ? [.. existing.Folds.Where(other => other.Name != fold)] : [];
        FoldFile own = new(fold, WeightsFile(fold), FileHash.Sha256(weights, cancellation: cancellation));
        ModelManifest written = manifest with
        {
            Folds = [.. others.Add(own).OrderBy(entry => entry.Name, StringComparer.Ordinal)],
            Sources = SourcesOf(others.IsEmpty ? [] : existing!.Sources, final),
        };
        written.Write(path);
        return written;
    }

    private static ImmutableArray<SourceFile> SourcesOf(ImmutableArray<SourceFile> others, TrainingCheckpoint final) =>
        final.InitialWeights?.File is { } begun && !others.Contains(begun) ? others.Add(begun) : others;

    private static void RequireSame(string path, ModelManifest manifest)
    {
        if (Existing(path) is not { } existing)
            return;
        // Folders of before the rules were kept say nothing of them.
        if (existing.TrainingRules is { } rules && manifest.TrainingRules is { } asked && rules != asked)
        {
            throw new InvalidFileException(
                path, "trainingRules", $"the folder holds a model trained by the rules of nnU-Net {NnunetVersionName.Of(rules)}, and this is another model, by those of {NnunetVersionName.Of(asked)}", $"give --rules {NnunetVersionName.Of(rules)}, or name another folder");
        }

        if (Essence(existing) != Essence(manifest))
            throw new InvalidFileException(path, "", "the folder holds another model: folds of one model share data set, plan and network", "name another folder");
    }

    private static ModelManifest? Existing(string path) => File.Exists(path) ? ModelManifest.Read(path) : null;

    private static string Essence(ModelManifest manifest) => ManifestJson.Write(manifest with { Folds = [], Sources = [], Converter = "", Licence = "", TrainingRules = null });
}
