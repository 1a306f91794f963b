using System.Text.Json.Nodes;
using STUNet.Benchmarks.Measuring;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.TestKit;

namespace STUNet.Benchmarks;

/// <summary>
/// <c>real-ct FOLDER [--data FOLDER]</c>: what <c>benchmarks/real-ct.sh</c> trains on: the lower slices of the shared real CT as a data set of nnU-Net v2, its 61 structures merged to eight
/// groups, and the upper ones to be held out. FOLDER gets <c>raw/Dataset902_RealCT</c>, and <c>images</c> and <c>labels</c> of both parts.
/// </summary>
internal static class RealCtCommand
{
    private const string Dataset = "Dataset902_RealCT";

    // Slices (z) of each part; between them lie a few that belong to neither.
    private static readonly (string Name, int First, int Count)[] Parts = [("slab", 0, 76), ("held", 82, 30)];

    // TotalSegmentator's numbers of the structures of every group.
    private static readonly (string Name, int[] Structures)[] Groups =
    [
        ("spine", [.. Enumerable.Range(25, 26)]),
        ("hip_and_femur", [75, 76, 77, 78]),
        ("gluteus", [80, 81, 82, 83, 84, 85]),
        ("autochthon", [86, 87]),
        ("iliopsoas", [88, 89]),
        ("urinary_bladder", [21]),
        ("colon", [20]),
        ("small_bowel", [18, 19]),
    ];

    public static int Run(string[] args)
    {
        CommandOptions options = new(args, "--data");
        if (options.Words is not [string folder])
            throw new InvalidRequestException("real-ct takes one folder to write to.");
        string data = options.Text("--data") ?? Path.Combine(RepositoryRoot.Shared ?? "shared", "data", "totalsegmentator-tests");
        Volume image = VolumeFile.Read(Path.Combine(data, "example_ct.nii.gz"));
        LabelVolume structures = VolumeFile.ReadLabels(Path.Combine(data, "example_seg_fast_force_split.nii.gz"));
        string raw = Path.Combine(folder, "raw", Dataset);
        foreach ((string name, int first, int count) in Parts)
        {
            (Volume part, LabelVolume labels) = Cut(image, structures, first, count);
            Write(Path.Combine(folder, "images", $"{name}_0000.nii.gz"), part);
            Write(Path.Combine(folder, "labels", name, $"{name}.nii.gz"), labels);
            if (name != Parts[0].Name)
                continue;
            Write(Path.Combine(raw, "imagesTr", $"{name}_0000.nii.gz"), part);
            Write(Path.Combine(raw, "labelsTr", $"{name}.nii.gz"), labels);
        }

        AtomicFile.WriteText(Path.Combine(raw, "dataset.json"), Describe().ToJsonString());
        Console.WriteLine($"{folder}: {string.Join(", ", Parts.Select(part => $"{part.Name} of {part.Count} slices"))}, {Groups.Length} groups");
        return 0;
    }

    private static (Volume Image, LabelVolume Labels) Cut(Volume image, LabelVolume structures, int first, int count)
    {
        VolumeGeometry whole = image.Geometry;
        VolumeGeometry geometry = new(new Int3(count, whole.Size.H, whole.Size.W), whole.Spacing, From(whole.Affine, first));
        int plane = whole.Size.H * whole.Size.W;
        float[] voxels = image.Voxels.Slice(first * plane, count * plane).ToArray();
        byte[] labels = new byte[voxels.Length];
        for (int i = 0; i < labels.Length; i++)
            labels[i] = (byte)(1 + Array.FindIndex(Groups, group => group.Structures.Contains((int)structures[(first * plane) + i])));
        return (new Volume(geometry, voxels), new LabelVolume(geometry, labels));
    }

    // The same axes, beginning with another slice.
    private static Affine From(Affine whole, int slice)
    {
        double[] rows = new double[12];
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 4; column++)
                rows[(row * 4) + column] = whole[row, column] + (column == 3 ? slice * whole[row, 2] : 0);
        }

        return new Affine(rows);
    }

    private static void Write(string path, Volume image)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        VolumeFile.Write(path, image, VoxelStorage.Int16);
    }

    private static void Write(string path, LabelVolume labels)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        VolumeFile.Write(path, labels);
    }

    private static JsonObject Describe()
    {
        JsonObject labels = new() { ["background"] = 0 };
        for (int i = 0; i < Groups.Length; i++)
            labels[Groups[i].Name] = i + 1;
        return new JsonObject { ["channel_names"] = new JsonObject { ["0"] = "CT" }, ["labels"] = labels, ["numTraining"] = 1, ["file_ending"] = ".nii.gz" };
    }
}
