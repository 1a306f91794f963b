using STUNet.Cli;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Model;

namespace STUNet.Tests.Cli;

/// <summary><c>stunet predict --save_probabilities</c>: what nnU-Net's tools for ensembles find.</summary>
public sealed class SavedProbabilitiesTests
{
    /// <summary>What nnUNet_ensemble and nnUNetv2_ensemble do with the files, up to the label map, beside the one that was predicted.</summary>
    private const string Script = """
        import sys, pickle, numpy
        image, labels, version = sys.argv[1:4]
        import nibabel
        image, labels = nibabel.load(image), nibabel.load(labels)
        stem = sys.argv[2][:-7]
        properties = pickle.load(open(stem + ".pkl", "rb"))
        array = numpy.load(stem + ".npz")["softmax" if version == "V1" else "probabilities"]
        mean = numpy.mean(numpy.stack([array, array]), 0)
        found = mean.argmax(0)
        shape = numpy.asanyarray(labels.dataobj).T.shape
        if version == "V1":
            assert array.dtype == numpy.float16 and mean.shape[1:] == tuple(properties["size_after_cropping"])
            whole = numpy.zeros(properties["original_size_of_raw_data"], numpy.uint8)
            box = properties["crop_bbox"]
            whole[tuple(slice(first, end) for first, end in box)] = found
            spacing, origin, direction = (properties["itk_" + name] for name in ("spacing", "origin", "direction"))
            assert numpy.array_equal(properties["original_spacing"], spacing[::-1])
            assert len(properties["spacing_after_resampling"]) == 3
        else:
            assert array.dtype == numpy.float32
            whole = found
            spacing, origin, direction = (properties["sitk_stuff"][name] for name in ("spacing", "origin", "direction"))
            assert list(properties["spacing"]) == list(spacing[::-1])
            assert sorted(properties["shape_before_cropping"]) == sorted(shape)
            box = properties["bbox_used_for_cropping"]
            assert tuple(end - first for first, end in box) == tuple(properties["shape_after_cropping_and_before_resampling"])
        assert whole.shape == shape, (whole.shape, shape)
        differ = (whole != numpy.asanyarray(labels.dataobj).T).mean()
        assert differ <= (1e-3 if version == "V1" else 0), differ
        assert abs(array.astype(numpy.float64).sum(0) - 1).max() < (3e-3 if version == "V1" else 1e-6)
        lps = numpy.diag([-1.0, -1.0, 1.0])
        assert numpy.allclose(lps @ numpy.reshape(direction, (3, 3)) * spacing, image.affine[:3, :3], atol=1e-5)
        assert numpy.allclose(lps @ origin, image.affine[:3, 3], atol=1e-5)
        """;

    [Theory]
    [InlineData(NnunetVersion.V1, new[] { 0, 1, 2 })]
    [InlineData(NnunetVersion.V1, new[] { 2, 0, 1 })]
    [InlineData(NnunetVersion.V2, new[] { 0, 1, 2 })]
    [InlineData(NnunetVersion.V2, new[] { 2, 0, 1 })]
    public void Predict_ReadByNumpy_GivesTheLabelMapAndTheImagesGeometry(NnunetVersion version, int[] forward)
    {
        Assert.SkipUnless(Python.Has("numpy, nibabel"), "python3-numpy or python3-nibabel is not installed");
        using CliFiles files = new();
        string model = files.Model();
        string manifest = Path.Combine(model, ModelManifest.FileName);
        ModelManifest given = ModelManifest.Read(manifest);
        (given with
        {
            Nnunet = version,
            Channels = [given.Channels[0] with { Scheme = version == NnunetVersion.V1 ? "nonCT" : "ZScoreNormalization" }],
            TransposeForward = [.. forward],
            TransposeBackward = [.. Enumerable.Range(0, 3).Select(axis => Array.IndexOf(forward, axis))],
        }).Write(manifest);
        string image = CroppedAndTurned(files);
        CliRun.Of("predict", "--model", model, "-i", image, "-o", files["out/a.nii.gz"], "--disable_tta", "--save_probabilities").Succeeded();
        Assert.Equal(["a.nii.gz", "a.npz", "a.pkl"], files.FilesIn("out"));
        (int code, string error) = Python.Run(Script, image, files["out/a.nii.gz"], version.ToString());
        Assert.True(code == 0, error);
    }

    [Fact]
    public void Predict_Folder_CasesWithoutTheirProbabilitiesAreDoneAgain()
    {
        using CliFiles files = new();
        string model = files.Model();
        File.WriteAllText(Path.Combine(model, "plans.json"), "{}");
        foreach (string name in new[] { "a", "b" })
            files.Image($"in/{name}_0000.nii.gz", salt: name);
        string[] call = ["predict", "--model", model, "-i", files["in"], "-o", files["out"], "--disable_tta"];
        CliRun.Of(call).Succeeded();
        Assert.Equal(["a.nii.gz", "b.nii.gz"], files.FilesIn("out"));
        byte[] labels = File.ReadAllBytes(files["out/a.nii.gz"]);
        CliRun run = CliRun.Of([.. call, "--save_npz", "--json"]).Succeeded();
        Assert.Equal(files["out/a.npz"], run.Json.GetProperty("cases")[0].GetProperty("probabilities").GetString());
        Assert.Equal(["a.nii.gz", "a.npz", "a.pkl", "b.nii.gz", "b.npz", "b.pkl", "plans.json"], files.FilesIn("out"));
        Assert.Equal(labels, File.ReadAllBytes(files["out/a.nii.gz"]));
        File.Delete(files["out/a.npz"]);
        File.Delete(files["out/b.pkl"]);
        Assert.Contains("0 skipped", CliRun.Of([.. call, "-z"]).Succeeded().Output);
        Assert.Equal(7, files.FilesIn("out").Length);
        Assert.Contains("2 skipped", CliRun.Of([.. call, "--save_probabilities"]).Succeeded().Output);
    }

    [Theory]
    [InlineData("fast")]
    [InlineData("fastest")]
    public void Predict_ModeWithoutProbabilities_IsRefused(string mode)
    {
        using CliFiles files = new();
        string model = files.Model();
        string manifest = Path.Combine(model, ModelManifest.FileName);
        ModelManifest given = ModelManifest.Read(manifest);
        (given with { Nnunet = NnunetVersion.V1, Channels = [given.Channels[0] with { Scheme = "nonCT" }] }).Write(manifest);
        CliRun.Of("predict", "--model", model, "-i", files.Image("a.nii.gz"), "-o", files["out/"], "--mode", mode, "--save_probabilities")
            .FailedWith(ExitCode.Usage, $"Mode {mode}", "use mode normal");
        Assert.Empty(files.FilesIn("out"));
    }

    /// <summary>An image with zeros around it, so that it is cropped, and axes that are turned in the patient.</summary>
    private static string CroppedAndTurned(CliFiles files)
    {
        Volume drawn = VolumeFile.Read(files.Image("drawn.nii.gz", size: new Int3(14, 20, 17)));
        Affine turned = new([0, 0, 2, 11, -1.5, 0, 0, 40, 0, -1.5, 0, -7]);
        Volume image = new(new VolumeGeometry(drawn.Size, drawn.Geometry.Spacing, turned), drawn.Voxels.ToArray());
        for (int i = 0; i < image.Voxels.Length; i++)
        {
            Int3 at = image.Size.PositionOf(i);
            if (at.D < 2 || at.H >= 18 || at.W < 3)
                image.Voxels[i] = 0;
        }

        VolumeFile.Write(files["a.nii.gz"], image);
        return files["a.nii.gz"];
    }
}
