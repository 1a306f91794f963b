using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging.Preprocessing;
using STUNet.TestKit;
using STUNet.TestKit.Golden;
using STUNet.Tests.Golden;
using STUNet.Training;

namespace STUNet.Tests.Training.Planning;

/// <summary>Fingerprints from images, with nnU-Net's 100 million draws and with few.</summary>
public sealed class FingerprintGoldenTests
{
    private const string Folder = "fingerprint/";
    private const string FullTag = "full";
    private const string SmallTag = "small";

    public static IEnumerable<ITheoryDataRow> Fingerprints => GoldenCases.Rows(
        GoldenSet.Nnunet, set => set.FilesBelow(Folder, ".json").Where(file => file.Name.Contains("/dataset_fingerprint", StringComparison.Ordinal)).Select(file => (object)file.Name));

    public static IEnumerable<ITheoryDataRow> Details => GoldenCases.Rows(GoldenSet.Nnunet, set => set.FilesBelow(Folder, "/details.safetensors").Select(file => (object)file.Name));

    [Theory]
    [MemberData(nameof(Fingerprints))]
    public void Extract_GoldenImages_EqualsNnunetsFingerprint(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(name);
        int draws = file.Manifest.GetProperty("total_samples").GetInt32();
        using WorkerPool pool = new(2);
        DatasetFingerprint fingerprint = DatasetFingerprint.Extract(Open(name), pool, draws: draws);
        Assert.Equal(file.Manifest.GetProperty("samples_per_case").GetInt32(), draws / fingerprint.Spacings.Length);
        using TemporaryFolder folder = new();
        fingerprint.Write(folder["fingerprint.json"]);
        JsonElement expected = JsonComparison.Load(file.OpenPath());
        JsonComparison.Equal(expected, JsonComparison.Load(folder["fingerprint.json"]), (path, value) => Tolerance(expected, path, value));
    }

    [Theory]
    [MemberData(nameof(Details))]
    public void CaseFingerprint_GoldenDetails_Equal(string name)
    {
        GoldenFile file = GoldenCases.Nnunet.File(name);
        RawDataset dataset = Open(name);
        JsonElement details = file.Case(Assert.Single(file.CaseNames));
        List<CropBox> boxes = [];
        using WorkerPool pool = new(2);
        for (int i = 0; i < dataset.Cases.Length; i++)
        {
            CaseFingerprint found = CaseFingerprint.Of(dataset.Cases[i], draws: 1, pool);
            boxes.Add(found.Box);
            JsonElement box = details.GetProperty("boxes")[i];
            Assert.Equal(Int3.From(axis => box[axis][0].GetInt32()), found.Box.Start);
            Assert.Equal(Int3.From(axis => box[axis][1].GetInt32()), found.Box.End);
            Assert.Equal(details.GetProperty("relative_sizes")[i].GetDouble(), found.RelativeSize);
        }

        foreach (GoldenFile fingerprint in GoldenCases.Nnunet.FilesBelow(Path.GetDirectoryName(name)!.Replace('\\', '/') + "/dataset_fingerprint"))
        {
            string tag = fingerprint.Name.EndsWith("/dataset_fingerprint.json", StringComparison.Ordinal) ? FullTag : SmallTag;
            for (int i = 0; i < dataset.Cases.Length; i++)
                AssertPositions(file, $"{tag}.case{i}", dataset.Cases[i], boxes[i], fingerprint.Manifest.GetProperty("samples_per_case").GetInt32(), (uint)details.GetProperty("seed").GetInt32());
        }
    }

    private static void AssertPositions(GoldenFile file, string prefix, TrainingCase @case, CropBox box, int draws, uint seed)
    {
        TrainingVolumes volumes = @case.Read();
        int foreground = ForegroundOf(volumes, box);
        NumpyRandom random = new(seed);
        for (int channel = 0; channel < volumes.Channels.Length; channel++)
        {
            float[] expected = file.Tensor($"{prefix}.channel{channel}.positions").ToSingles();
            int[] positions = foreground == 0 ? [] : new int[draws];
            if (foreground > 0)
                random.NextBounded((uint)foreground - 1, positions);
            Assert.Equal(expected.Select(position => (int)position), positions.Take(expected.Length));
            Assert.True(expected.Length > 0 || foreground == 0);
        }
    }

    private static int ForegroundOf(TrainingVolumes volumes, CropBox box)
    {
        float[] labels = [.. Enumerable.Range(0, (int)volumes.Labels.Size.Product).Select(voxel => (float)volumes.Labels[voxel])];
        float[] cropped = new float[box.Size.Product];
        box.CopyFrom(labels, volumes.Labels.Size, cropped.AsSpan());
        return cropped.Count(label => label > 0);
    }

    /// <summary>As the golden README says: the original's mean and std carry binary32 summation error, everything else is exact to 1e-9.</summary>
    private static double Tolerance(JsonElement root, string path, double value)
    {
        if (!path.EndsWith(".mean", StringComparison.Ordinal) && !path.EndsWith(".std", StringComparison.Ordinal))
            return 1e-9 * Math.Abs(value);
        string channel = path.Split('.')[^2];
        JsonElement properties = root.GetProperty("foreground_intensity_properties_per_channel").GetProperty(channel);
        return 1e-6 * (Math.Abs(properties.GetProperty("mean").GetDouble()) + properties.GetProperty("std").GetDouble());
    }

    /// <summary>The data set a golden file belongs to; all its files are entered as read.</summary>
    private static RawDataset Open(string file)
    {
        string folder = file[..(file.LastIndexOf('/') + 1)];
        foreach (GoldenFile member in GoldenCases.Nnunet.FilesBelow(folder).Where(member => member.Name.EndsWith(".nii.gz", StringComparison.Ordinal)))
            member.OpenPath();
        return RawDataset.Open(Path.GetDirectoryName(GoldenCases.Nnunet.File(folder + DatasetDescription.FileName).OpenPath())!);
    }
}
