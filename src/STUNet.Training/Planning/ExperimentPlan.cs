using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// nnU-Net v2's plans (<c>nnUNetPlans.json</c>): target spacing, patch, batch and topology of every configuration. Read and written in nnU-Net's own form;
/// fields nnU-Net does not define are not kept.
/// </summary>
public sealed record ExperimentPlan
{
    /// <summary>Name of the file in a preprocessed data set.</summary>
    public const string FileName = "nnUNetPlans.json";

    /// <summary>nnU-Net's name of its standard plans.</summary>
    public const string DefaultName = "nnUNetPlans";

    /// <summary>Folder name of the data set.</summary>
    public required string DatasetName { get; init; }

    /// <summary>Name of the plans.</summary>
    public string PlansName { get; init; } = DefaultName;

    /// <summary>Median spacing of the cases, mm, transposed.</summary>
    public required ImmutableArray<double> OriginalMedianSpacing { get; init; }

    /// <summary>Median size of the cropped cases in voxels, transposed.</summary>
    public required ImmutableArray<int> OriginalMedianShape { get; init; }

    /// <summary>The reader nnU-Net uses; of no meaning here.</summary>
    public required string ImageReaderWriter { get; init; }

    /// <summary>Axis a of the network is axis TransposeForward[a] of the image.</summary>
    public required ImmutableArray<int> TransposeForward { get; init; }

    /// <summary>The inverse of <see cref="TransposeForward"/>.</summary>
    public required ImmutableArray<int> TransposeBackward { get; init; }

    /// <summary>The configurations, in the file's order; at least one.</summary>
    public required ImmutableArray<PlanConfiguration> Configurations { get; init; }

    /// <summary>nnU-Net's name of the planner.</summary>
    public string ExperimentPlanner { get; init; } = "ExperimentPlanner";

    /// <summary>nnU-Net's name of its label handling.</summary>
    public string LabelManager { get; init; } = "LabelManager";

    /// <summary>Intensities of the foreground of every channel, for normalisation.</summary>
    public required ImmutableArray<IntensityProperties> ForegroundIntensities { get; init; }

    /// <summary>Reads plans.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidFileException">Missing or wrong; the message names the field.</exception>
    public static ExperimentPlan Read(string path) => JsonInput.Read(path, PlanJson.Read);

    /// <summary>Writes plans.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    public void Write(string path) => NnunetJson.Write(path, PlanJson.Write(this));

    /// <summary>A configuration by its name.</summary>
    /// <param name="name">The name, such as <c>3d_fullres</c>.</param>
    /// <exception cref="InvalidRequestException">The plan has none of that name.</exception>
    public PlanConfiguration Configuration(string name) => Configurations.FirstOrDefault(configuration => configuration.Name == name)
        ?? throw new InvalidRequestException(
            $"The plans {PlansName} of {DatasetName} have no configuration {name}; choose one of {string.Join(", ", Configurations.Select(configuration => configuration.Name))}.");
}
