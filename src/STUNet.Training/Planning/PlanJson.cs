using System.Collections.Immutable;
using System.Text.Json.Nodes;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>The JSON form of <see cref="ExperimentPlan"/>.</summary>
internal static class PlanJson
{
    private const string Ct = "CTNormalization";
    private const int MaxConfigurations = 256;
    private const double ShortestMm = 1e-6;
    private const double LongestMm = 1e6;

    public static ExperimentPlan Read(JsonField root)
    {
        ImmutableArray<int> forward = ReadTranspose(root["transpose_forward"]);
        ImmutableArray<int> backward = ReadTranspose(root["transpose_backward"]);
        if (Enumerable.Range(0, 3).Any(axis => backward[forward[axis]] != axis))
            throw root["transpose_backward"].Wrong($"[{string.Join(", ", backward)}] is not the inverse of transpose_forward [{string.Join(", ", forward)}]");
        // Plans that are made of a model without intensities list none.
        ImmutableArray<IntensityProperties> intensities = IntensityJson.Read(root, least: 0);
        ImmutableArray<PlanConfiguration> configurations = ReadConfigurations(root["configurations"], intensities.Length);
        if (intensities.IsEmpty && configurations.FirstOrDefault(configuration => configuration.NormalizationSchemes.Contains(Ct)) is { } needy)
            throw root[IntensityJson.Name].Wrong($"there are none, but {needy.Name} normalises by {Ct}");
        return new ExperimentPlan
        {
            DatasetName = root["dataset_name"].Text(),
            PlansName = root["plans_name"].Text(),
            OriginalMedianSpacing = root["original_median_spacing_after_transp"].List(ReadLength, 3, 3),
            OriginalMedianShape = root["original_median_shape_after_transp"].List(item => (int)item.Number(1, int.MaxValue), 3, 3),
            ImageReaderWriter = root["image_reader_writer"].Text(),
            TransposeForward = forward,
            TransposeBackward = backward,
            Configurations = configurations,
            ExperimentPlanner = root["experiment_planner_used"].Text(),
            LabelManager = root.Optional("label_manager")?.Text() ?? "LabelManager",
            ForegroundIntensities = intensities,
        };
    }

    public static JsonObject Write(ExperimentPlan plan) => new()
    {
        ["dataset_name"] = plan.DatasetName,
        ["plans_name"] = plan.PlansName,
        ["original_median_spacing_after_transp"] = NnunetJson.Floats(plan.OriginalMedianSpacing),
        ["original_median_shape_after_transp"] = NnunetJson.Integers(plan.OriginalMedianShape),
        ["image_reader_writer"] = plan.ImageReaderWriter,
        ["transpose_forward"] = NnunetJson.Integers(plan.TransposeForward),
        ["transpose_backward"] = NnunetJson.Integers(plan.TransposeBackward),
        ["configurations"] = WriteConfigurations(plan.Configurations),
        ["experiment_planner_used"] = plan.ExperimentPlanner,
        ["label_manager"] = plan.LabelManager,
        [IntensityJson.Name] = IntensityJson.Write(plan.ForegroundIntensities),
    };

    /// <summary>A length in mm.</summary>
    public static double ReadLength(JsonField field) => field.Number(ShortestMm, LongestMm);

    /// <summary>A number that may be written as a float.</summary>
    public static double Number(this JsonField field, double least, double most) =>
        field.Double() is var number && number >= least && number <= most ? number : throw field.Wrong($"expected {least} to {most}, found {number}");

    private static ImmutableArray<int> ReadTranspose(JsonField field)
    {
        ImmutableArray<int> axes = field.List(item => item.Int(0, 2), 3, 3);
        return axes.Distinct().Count() == 3 ? axes : throw field.Wrong($"[{string.Join(", ", axes)}] is not an order of the axes 0, 1, 2");
    }

    private static ImmutableArray<PlanConfiguration> ReadConfigurations(JsonField field, int channels)
    {
        int count = field.Members().Count();
        if (count is 0 or > MaxConfigurations)
            throw field.Wrong($"{count} configurations");
        return [.. field.Members().Select(member => PlanConfigurationJson.Read(field, member.Key, channels))];
    }

    private static JsonObject WriteConfigurations(ImmutableArray<PlanConfiguration> configurations)
    {
        JsonObject all = [];
        foreach (PlanConfiguration configuration in configurations)
        {
            JsonObject own = PlanConfigurationJson.Write(configuration);
            if (configurations.FirstOrDefault(other => other.Name == configuration.InheritsFrom) is { } parent)
                PlanConfigurationJson.RemoveShared(own, PlanConfigurationJson.Write(parent));
            all[configuration.Name] = own;
        }

        return all;
    }
}
