using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>A prediction and its reference. Label maps are read when they are needed, every time anew, and may be changed by whoever asked for them.</summary>
/// <param name="Name">The case.</param>
/// <param name="Prediction">Reads the label map to judge.</param>
/// <param name="Reference">Reads the label map that is right.</param>
public sealed record EvaluationCase(string Name, Func<LabelVolume> Prediction, Func<LabelVolume> Reference)
{
    /// <summary>The file of the prediction, for messages and summaries.</summary>
    public string PredictionFile { get; init; } = $"{Name} (prediction)";

    /// <summary>The file of the reference, for messages and summaries.</summary>
    public string ReferenceFile { get; init; } = $"{Name} (reference)";

    /// <summary>A case of two files.</summary>
    /// <param name="name">The case.</param>
    /// <param name="prediction">The label map to judge.</param>
    /// <param name="reference">The label map that is right.</param>
    public static EvaluationCase OfFiles(string name, string prediction, string reference) =>
        new(name, () => VolumeFile.ReadLabels(prediction), () => VolumeFile.ReadLabels(reference)) { PredictionFile = prediction, ReferenceFile = reference };

    /// <summary>Reads both.</summary>
    /// <exception cref="Core.InvalidFileException">A file is unusable, or the two have different grids.</exception>
    public (LabelVolume Prediction, LabelVolume Reference) Read()
    {
        LabelVolume reference = Reference();
        LabelVolume prediction = Prediction();
        GridRules.RequireSame(PredictionFile, prediction.Geometry, ReferenceFile, reference.Geometry);
        return (prediction, reference);
    }
}
