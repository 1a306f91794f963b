using STUNet.Core;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>A model opened for segmentation: architecture, what its images must look like, and the weights of its folds.</summary>
public sealed class SegmentationModel : IDisposable
{
    private const string NotYet = "Opening model folders is not yet built in.";

    internal SegmentationModel(StuNetConfig architecture, Int3 patchSize)
    {
        Architecture = architecture;
        PatchSize = patchSize;
    }

    /// <summary>The network.</summary>
    public StuNetConfig Architecture { get; }

    /// <summary>Size of a window (z, y, x) after the model's transpose.</summary>
    public Int3 PatchSize { get; }

    /// <summary>Name of each label value; may be empty.</summary>
    public IReadOnlyDictionary<int, string> Labels { get; } = new Dictionary<int, string>();

    /// <summary>Names of the folds whose predictions are averaged.</summary>
    public IReadOnlyList<string> Folds { get; } = [];

    /// <summary>What the user should know, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; } = [];

    /// <summary>Opens a converted model folder.</summary>
    /// <param name="folder">The folder that holds <c>model.json</c>.</param>
    /// <exception cref="InvalidFileException">A file is missing or wrong.</exception>
    public static SegmentationModel Open(string folder) => throw new InvalidRequestException(NotYet);

    /// <summary>Opens a model as nnU-Net v1 leaves it, reading its checkpoints directly.</summary>
    /// <param name="folder">The folder <c>TRAINER__PLANS</c> that holds the folds.</param>
    /// <param name="folds">Numbers, or <c>all</c>; null for every sub-folder whose name starts with fold.</param>
    /// <param name="checkpoint">Name of the checkpoint without its extension.</param>
    /// <exception cref="InvalidFileException">A file is missing or wrong.</exception>
    /// <exception cref="InvalidRequestException">No such fold.</exception>
    public static SegmentationModel OpenNnunetV1(string folder, IReadOnlyList<string>? folds = null, string checkpoint = "model_final_checkpoint") =>
        throw new InvalidRequestException(NotYet);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
    }
}
