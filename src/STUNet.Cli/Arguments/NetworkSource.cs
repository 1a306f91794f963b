using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.Training;
using STUNet.WeightsConverter;

namespace STUNet.Cli;

/// <summary>A network to look at: its architecture, its patch, and its parameters.</summary>
/// <param name="Name">For headings.</param>
/// <param name="Architecture">The network.</param>
/// <param name="PatchSize">The patch it was made for (z, y, x).</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Files">The model they come from; null for a network that is only described.</param>
internal sealed record NetworkSource(string Name, StuNetConfig Architecture, Int3 PatchSize, IParameterSource Parameters, ModelFiles? Files) : IDisposable
{
    /// <summary>The patch of the published models.</summary>
    public static Int3 PublishedPatch => new(128, 128, 128);

    /// <summary>Opens a model folder, a training that has not finished or a checkpoint of one, or a checkpoint or trainer folder of nnU-Net.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="console">Told what the user should know of it.</param>
    public static NetworkSource Open(string path, CommandConsole console)
    {
        bool isModelFolder = File.Exists(Path.Combine(path, ModelManifest.FileName));
        ModelFiles files = isModelFolder ? ModelFiles.Open(path) : TrainingModel.Find(path) ?? NnunetModel.Open(CheckpointLocator.Find(path));
        foreach (string warning in files.Warnings)
            console.Warn(warning);
        return new NetworkSource(path, files.Manifest.Architecture, files.Manifest.PatchSize, new TensorSourceParameters(files.Folds[0]), files);
    }

    /// <summary>A network of seeded random weights.</summary>
    /// <param name="config">The architecture.</param>
    public static NetworkSource Untrained(StuNetConfig config)
    {
        Int3 stride = config.TotalStride;
        Int3 patch = Int3.From(axis => Math.Max(stride[axis], PublishedPatch[axis] / stride[axis] * stride[axis]));
        string name = config.NamedSize is { } size ? $"STU-Net-{size}" : "STU-Net";
        return new NetworkSource(name, config, patch, new InitialParameters(config, InitialisationScheme.V1, 0), null);
    }

    /// <summary>Closes the model's files.</summary>
    public void Dispose() => Files?.Dispose();
}
