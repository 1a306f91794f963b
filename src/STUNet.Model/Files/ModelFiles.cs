using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>A model opened for use: its manifest and the weights of its folds, still on disk.</summary>
public sealed class ModelFiles : IDisposable
{
    /// <summary>Takes ownership of opened folds.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="folds">The weights, in the order of <see cref="ModelManifest.Folds"/>.</param>
    /// <param name="warnings">What the user should know, one sentence each.</param>
    public ModelFiles(ModelManifest manifest, ImmutableArray<ITensorSource> folds, ImmutableArray<string> warnings)
    {
        Manifest = manifest;
        Folds = folds;
        Warnings = warnings;
    }

    /// <summary>The manifest.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The weights, in the order of <see cref="ModelManifest.Folds"/>; all have the manifest's architecture.</summary>
    public ImmutableArray<ITensorSource> Folds { get; }

    /// <summary>What the user should know, one sentence each.</summary>
    public ImmutableArray<string> Warnings { get; }

    /// <summary>Patches per training step; null where that is not known, as in model folders.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Opens a model folder: <c>model.json</c> and the safetensors files it names. Headers are checked, and files whose SHA-256 the manifest tells are read and compared.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidFileException">A file is missing or wrong, or does not fit the manifest.</exception>
    public static ModelFiles Open(string folder)
    {
        string path = Path.Combine(folder, ModelManifest.FileName);
        ModelManifest manifest = ModelManifest.Read(path);
        List<ITensorSource> folds = [];
        try
        {
            foreach (FoldFile fold in manifest.Folds)
            {
                SafetensorsReader weights = new(Path.Combine(folder, fold.File));
                folds.Add(weights);
                RequireSame(manifest, weights);
                if (fold.Sha256 is { } sha256 && FileHash.Sha256(weights.Path) != sha256)
                {
                    throw new InvalidFileException(
                        weights.Path, "", $"its content does not have the SHA-256 that {ModelManifest.FileName} tells: it is damaged, or of another model",
                        $"copy or make the model again; if the weights were changed on purpose, remove sha256 of fold {fold.Name} from {ModelManifest.FileName}");
                }
            }

            return new ModelFiles(manifest, [.. folds], []);
        }
        catch
        {
            foreach (ITensorSource fold in folds)
                fold.Dispose();
            throw;
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (ITensorSource fold in Folds)
            fold.Dispose();
    }

    private static void RequireSame(ModelManifest manifest, SafetensorsReader weights)
    {
        StuNetConfig found = StuNetConfig.FromTensorShapes(weights.Shapes(), manifest.Architecture.Strides, weights.Path);
        if (found != manifest.Architecture)
            throw new InvalidFileException(weights.Path, "", $"it holds {found}, but {ModelManifest.FileName} says {manifest.Architecture}", "convert the model again");
        foreach (TensorInfo tensor in weights.Tensors)
        {
            if (tensor.ElementType != manifest.ElementType)
                throw new InvalidFileException(weights.Path, tensor.Name, $"stored as {tensor.ElementType}, but {ModelManifest.FileName} says {manifest.ElementType}");
        }
    }
}
