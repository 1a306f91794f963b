using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.WeightsConverter;

namespace STUNet.Inference;

/// <summary>A model opened for segmentation: architecture, what its images must look like, and the weights of its folds.</summary>
public sealed class SegmentationModel : IDisposable
{
    private readonly ModelFiles? _files;

    /// <summary>Describes a model whose weights come from anywhere.</summary>
    /// <param name="manifest">What the weights alone do not say.</param>
    /// <param name="folds">The weights, in the order of the manifest's folds.</param>
    /// <param name="warnings">What the user should know, one sentence each.</param>
    public SegmentationModel(ModelManifest manifest, IReadOnlyList<IParameterSource> folds, IReadOnlyList<string>? warnings = null)
    {
        Manifest = manifest;
        Parameters = folds;
        Warnings = warnings ?? [];
    }

    private SegmentationModel(ModelFiles files, LabelPostprocessing? postprocessing)
        : this(files.Manifest, [.. files.Folds.Select(fold => new TensorSourceParameters(fold))], files.Warnings) =>
        (_files, Postprocessing) = (files, postprocessing);

    /// <summary>Everything that is known of the model beside its weights.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The network.</summary>
    public StuNetConfig Architecture => Manifest.Architecture;

    /// <summary>Size of a window (z, y, x) after the model's transpose.</summary>
    public Int3 PatchSize => Manifest.PatchSize;

    /// <summary>Name of each label value; may be empty.</summary>
    public IReadOnlyDictionary<int, string> Labels => Manifest.Labels;

    /// <summary>Names of the folds whose predictions are averaged.</summary>
    public IReadOnlyList<string> Folds => [.. Manifest.Folds.Select(fold => fold.Name)];

    /// <summary>What the user should know, one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>What is done to label maps at the end; null where the model has none.</summary>
    public LabelPostprocessing? Postprocessing { get; init; }

    /// <summary>The weights of the folds.</summary>
    internal IReadOnlyList<IParameterSource> Parameters { get; }

    /// <summary>Opens a converted model folder, with its <c>postprocessing.json</c> where it has one.</summary>
    /// <param name="folder">The folder that holds <c>model.json</c>.</param>
    /// <exception cref="InvalidFileException">A file is missing or wrong.</exception>
    public static SegmentationModel Open(string folder)
    {
        LabelPostprocessing? postprocessing = PostprocessingOf(folder);
        return new SegmentationModel(ModelFiles.Open(folder), postprocessing);
    }

    /// <summary>Takes ownership of a model that is open already.</summary>
    /// <param name="files">The model.</param>
    /// <param name="postprocessing">What is done to label maps at the end; null for nothing.</param>
    public static SegmentationModel Of(ModelFiles files, LabelPostprocessing? postprocessing = null) => new(files, postprocessing);

    /// <summary>Opens a model as nnU-Net v1 leaves it, reading its checkpoints directly, with its <c>postprocessing.json</c> where it has one.</summary>
    /// <param name="folder">The folder <c>TRAINER__PLANS</c> that holds the folds.</param>
    /// <param name="folds">Numbers, or <c>all</c>; null for every numbered fold there is, or else all.</param>
    /// <param name="checkpoint">Name of the checkpoint without its extension.</param>
    /// <exception cref="InvalidFileException">A file or fold is missing or wrong.</exception>
    public static SegmentationModel OpenNnunetV1(string folder, IReadOnlyList<string>? folds = null, string checkpoint = "model_final_checkpoint")
    {
        LabelPostprocessing? postprocessing = PostprocessingOf(folder);
        return new SegmentationModel(NnunetModel.Open(CheckpointLocator.Find(folder, folds, checkpoint)), postprocessing);
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _files?.Dispose();

    private static LabelPostprocessing? PostprocessingOf(string folder)
    {
        string path = Path.Combine(folder, PostprocessingFile.FileName);
        return File.Exists(path) ? PostprocessingFile.Read(path) : null;
    }
}
