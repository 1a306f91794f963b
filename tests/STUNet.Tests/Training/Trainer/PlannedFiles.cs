using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Tests.Training.Trainers;

/// <summary>A plan for the tiny cases: STU-Net-S on patches of 16x16x16, pooled to one voxel so that its many deep parameters cost little time.</summary>
internal static class PlannedFiles
{
    public const string Labels = """{"background": 0, "bright": 1, "dark": 2}""";

    /// <summary>dataset.json of one channel.</summary>
    public static string Describe(string labels = Labels, string more = "") =>
        $$"""{"channel_names": {"0": "MR"}, "labels": {{labels}}, "numTraining": 3, "file_ending": ".nii.gz"{{more}}}""";

    /// <summary>Writes what <c>stunet plan</c> writes; gives the folder.</summary>
    public static string Write(string folder, string? dataset = null)
    {
        Directory.CreateDirectory(folder);
        string description = Path.Combine(folder, DatasetDescription.FileName);
        File.WriteAllText(description, dataset ?? Describe());
        Plan(DatasetDescription.Read(description)).Write(Path.Combine(folder, ExperimentPlan.FileName));
        new DataSplits([new DataSplit(["a", "b"], ["c"]), new DataSplit(["a", "c"], ["b"])]).Write(Path.Combine(folder, DataSplits.FileName));
        return folder;
    }

    /// <summary>The plan.</summary>
    public static ExperimentPlan Plan(DatasetDescription dataset)
    {
        ModelManifest model = new()
        {
            Architecture = StuNetConfig.Of(StuNetSize.S, 1, 3, [new(2, 2, 2), new(2, 2, 2), new(2, 2, 2), new(2, 2, 2), Int3.One]),
            PatchSize = new Int3(16, 16, 16),
            SpacingMm = [2, 2, 2],
            TransposeForward = [0, 1, 2],
            TransposeBackward = [0, 1, 2],
            Channels = [new ChannelNormalization("MR", "nonCT", UseMask: true, Intensity: null)],
            Nnunet = NnunetVersion.V1,
            ElementType = ElementType.F32,
            Folds = [],
        };
        DatasetFingerprint fingerprint = new()
        {
            ShapesAfterCrop = [new Int3(20, 22, 24)],
            Spacings = [new Spacing(2, 2, 2)],
            ForegroundIntensities = [new IntensityProperties(0, 1, 0, -3, 3, -2, 2)],
            MedianRelativeSizeAfterCropping = 0.5,
        };
        return PlanTransfer.From(model, "Dataset001_Tiny", dataset, fingerprint);
    }
}
