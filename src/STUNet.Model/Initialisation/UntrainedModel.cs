using System.Collections.Immutable;
using STUNet.Core;

namespace STUNet.Model;

/// <summary>Writes model folders of untrained networks: for training from scratch, tests and measurements.</summary>
public static class UntrainedModel
{
    private const string WeightsFile = "fold_0.safetensors";

    /// <summary>Writes the weights piece by piece (about a megabyte of memory whatever the size), then the manifest; after a failure neither is left.</summary>
    /// <param name="folder">The folder; made if missing.</param>
    /// <param name="manifest">What the model is for; its folds are replaced by the one written.</param>
    /// <param name="scheme">Distribution of the weights.</param>
    /// <param name="seed">Selects the random numbers; the same seed gives the same file.</param>
    /// <param name="progress">Told the parameters written so far; may be null.</param>
    /// <param name="cancellation">Stops between two pieces.</param>
    /// <returns>The manifest as written.</returns>
    /// <exception cref="InvalidFileException">A value of the manifest is out of range; the message names the field.</exception>
    public static ModelManifest Write(
        string folder, ModelManifest manifest, InitialisationScheme scheme, long seed, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        string manifestPath = Path.Combine(folder, ModelManifest.FileName);
        string weightsPath = Path.Combine(folder, WeightsFile);
        manifest = manifest with { Folds = [new FoldFile("0", WeightsFile)], Sources = [] };
        manifest.Check(manifestPath);
        InitialParameters parameters = new(manifest.Architecture, scheme, seed);
        ImmutableArray<TensorInfo> tensors =
            [.. StuNetParameters.Enumerate(manifest.Architecture).Select(parameter => new TensorInfo(parameter.Name, parameter.Shape, manifest.ElementType))];
        Directory.CreateDirectory(folder);
        long done = 0;
        SafetensorsWriter.Write(
            weightsPath,
            tensors,
            (tensor, start, values) =>
            {
                parameters.Read(tensor.Name, start, values);
                done += values.Length;
                progress?.Report(done);
            },
            cancellation: cancellation);
        try
        {
            manifest = manifest with { Folds = [manifest.Folds[0] with { Sha256 = FileHash.Sha256(weightsPath, cancellation: cancellation) }] };
            manifest.Write(manifestPath);
        }
        catch
        {
            File.Delete(weightsPath);
            throw;
        }

        return manifest;
    }
}
