using STUNet.Imaging;
using STUNet.Model;
using STUNet.TestKit;
using STUNet.Tests.WeightsConverter;

namespace STUNet.Tests.Cli;

/// <summary>
/// The shared real CT and MR through the whole program with a seeded STU-Net-S of 105 classes: checkpoint written as PyTorch writes it, convert,
/// predict. The weights are random, so what is checked is that all of it runs and that the label map has the image's geometry.
/// </summary>
public sealed class RealInputTests
{
    private static readonly string? Folder = RepositoryRoot.Shared is { } shared ? Path.Combine(shared, "data", "totalsegmentator-tests") : null;

    [Theory]
    [InlineData("example_ct_sm.nii.gz")]
    [InlineData("example_mr_sm.nii.gz")]
    [InlineData("example_ct.nii.gz")]
    public void Predict_RealImageWithSeededSmall_KeepsItsGeometry(string name)
    {
        Assert.SkipWhen(Folder is null || !Directory.Exists(Folder), "shared/data/totalsegmentator-tests is absent");
        LongTests.Require("STU-Net-S at 128^3 on a real volume, minutes");
        using CliFiles files = new();
        StuNetConfig config = StuNetConfig.Of(StuNetSize.S);
        string checkpoint = WriteCheckpoint(files["trained/fold_0"], config);
        CliRun.Of("convert", "-i", checkpoint, "-o", files["model"]).Succeeded();
        string image = Path.Combine(Folder!, name);
        CliRun run = CliRun.Of(
            "predict", "--model", files["model"], "-i", image, "-o", files["seg.nii.gz"], "--preview", files["seg.png"], "--disable_tta", "--memory-limit", "6GiB", "--json").Succeeded();
        TestContext.Current.TestOutputHelper!.WriteLine($"{run.Json.GetProperty("cases")[0].GetProperty("seconds")} peak {run.Json.GetProperty("peakMemoryBytes")} bytes");
        LabelVolume labels = VolumeFile.ReadLabels(files["seg.nii.gz"]);
        Volume input = VolumeFile.Read(image);
        Assert.Equal(input.Size, labels.Size);
        Assert.Equal(input.Geometry.Affine, labels.Geometry.Affine);
        Assert.Equal(input.Geometry.Spacing, labels.Geometry.Spacing);
        Assert.InRange(labels.Largest(), 1u, 104u);
        Nibabel.AssertSameGeometry(image, files["seg.nii.gz"]);
    }

    private static string WriteCheckpoint(string folder, StuNetConfig config)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "small_ep4k.model");
        StuNetParameter[] parameters = [.. StuNetParameters.Enumerate(config)];
        InitialParameters values = new(config, InitialisationScheme.V1, seed: 7);
        using (TorchZipWriter zip = new(path))
        {
            zip.Add("archive/data.pkl", PickleWriter.Write(TinyModel.CheckpointObject(parameters)));
            for (int i = 0; i < parameters.Length; i++)
            {
                float[] content = new float[parameters[i].Count];
                values.Read(parameters[i].Name, content);
                zip.Add($"archive/data/{i}", System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(content).ToArray());
            }

            zip.Add("archive/version", "3\n"u8.ToArray());
        }

        File.Copy(Path.Combine(RepositoryRoot.Shared!, "data", "stunet-plan-files", "small_ep4k.model.pkl"), $"{path}.pkl");
        return path;
    }
}
