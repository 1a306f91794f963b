using STUNet.Core;
using STUNet.Imaging;
using STUNet.TestKit;
using STUNet.Training;

namespace STUNet.Tests.Training.Datasets;

/// <summary>Small data sets in nnU-Net's raw layout, in a folder of their own.</summary>
internal sealed class DatasetFiles : IDisposable
{
    public const string TwoClasses = """
        {"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1, "b": 2}, "numTraining": 5, "file_ending": ".nii.gz"}
        """;

    private readonly TemporaryFolder _folder = new();

    public DatasetFiles(string name = "Dataset001_Small")
    {
        Name = name;
        Directory.CreateDirectory(this["imagesTr"]);
        Directory.CreateDirectory(this["labelsTr"]);
    }

    public static Int3 Size => new(6, 8, 10);

    public string Name { get; }

    public string Folder => _folder[Name];

    /// <summary>A file of the data set.</summary>
    public string this[string file] => Path.Combine(Folder, file);

    /// <summary>A file beside the data set.</summary>
    public string Beside(string file) => _folder[file];

    /// <summary>A sound data set of two classes.</summary>
    public static DatasetFiles Sound(int cases = 5)
    {
        DatasetFiles files = new();
        files.Describe(TwoClasses.Replace("5", $"{cases}", StringComparison.Ordinal));
        for (int i = 0; i < cases; i++)
            files.Case($"case_{i}");
        return files;
    }

    public void Describe(string json) => File.WriteAllText(this["dataset.json"], json);

    /// <summary>One case: an image in a rim of zeros, and a box of each label inside it.</summary>
    public void Case(string name, int channels = 1)
    {
        for (int channel = 0; channel < channels; channel++)
            Image($"imagesTr/{name}_{channel:D4}.nii.gz", (z, y, x) => IsInside(z, y, x) ? (10 * z) + y + x + channel : 0);
        Labels($"labelsTr/{name}.nii.gz", (z, y, x) => IsInside(z, y, x) ? (x < 4 ? 1u : x < 6 ? 2u : 0) : 0);
    }

    public void Image(string file, Func<int, int, int, float> value, VolumeGeometry? geometry = null)
    {
        Volume volume = new(geometry ?? Geometry());
        Int3 size = volume.Size;
        for (int i = 0; i < size.Product; i++)
            volume.Voxels[i] = value(i / (size.H * size.W), i / size.W % size.H, i % size.W);
        VolumeFile.Write(this[file], volume);
    }

    public void Labels(string file, Func<int, int, int, uint> value, VolumeGeometry? geometry = null)
    {
        LabelVolume labels = new(geometry ?? Geometry());
        Int3 size = labels.Size;
        for (int i = 0; i < size.Product; i++)
            labels[i] = value(i / (size.H * size.W), i / size.W % size.H, i % size.W);
        VolumeFile.Write(this[file], labels);
    }

    public static VolumeGeometry Geometry(Int3? size = null, Spacing? spacing = null, Affine? affine = null) => new(size ?? Size, spacing ?? new Spacing(2, 1, 1), affine);

    /// <summary>The data set's plans, from a thousand intensity draws instead of nnU-Net's hundred million.</summary>
    public ExperimentPlan Plan()
    {
        RawDataset dataset = RawDataset.Open(Folder);
        using WorkerPool pool = new(1);
        return ExperimentPlanner.Plan(dataset.Name, dataset.Description, DatasetFingerprint.Extract(dataset, pool, draws: 1000)).Plan;
    }

    public void Dispose() => _folder.Dispose();

    private static bool IsInside(int z, int y, int x) => z is > 0 and < 5 && y is > 1 and < 7 && x is > 1 and < 9;
}
