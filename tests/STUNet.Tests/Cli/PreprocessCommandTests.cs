using System.Text.Json;
using STUNet.Cli;
using STUNet.Tests.Training.Datasets;
using STUNet.Training;

namespace STUNet.Tests.Cli;

public sealed class PreprocessCommandTests
{
    [Fact]
    public void Preprocess_PlannedDataset_StoresEveryCaseAndKeepsItTheNextTime()
    {
        using DatasetFiles files = Planned();
        Assert.Contains("5 cases, 5 preprocessed, 0 up to date, 0 failed", Preprocess(files).Succeeded().Output);
        CaseStore store = new(files.Beside("out"), ExperimentPlan.Read(files.Beside("out/nnUNetPlans.json")).Configuration("3d_fullres"));
        Assert.Equal(["case_0", "case_1", "case_2", "case_3", "case_4"], store.Identifiers);
        using StoredCase first = store.Open("case_0");
        Assert.Equal(1, first.Channels);
        JsonElement result = Preprocess(files, "--json", "--workers", "2").Succeeded().Json;
        Assert.All(result.GetProperty("cases").EnumerateArray(), entry => Assert.Equal("up to date", entry.GetProperty("state").GetString()));
    }

    [Fact]
    public void Preprocess_Slices_AreStoredBesideTheOthers()
    {
        using DatasetFiles files = Planned();
        Preprocess(files, "-c", "2d").Succeeded();
        Assert.Equal(5, Directory.GetFiles(files.Beside("out/2d")).Length);
    }

    [Fact]
    public void Preprocess_FailingCase_NamesItselfAndTheOthersGoOn()
    {
        using DatasetFiles files = Planned();
        File.Delete(files["labelsTr/case_2.nii.gz"]);
        CliRun run = Preprocess(files);
        run.FailedWith(ExitCode.Failed, "case_2: ", "labelsTr", "does not exist");
        Assert.Contains("4 preprocessed, 0 up to date, 1 failed", run.Output);
        Assert.Equal(4, Directory.GetFiles(files.Beside("out/3d_fullres")).Length);
    }

    [Fact]
    public void Preprocess_WrongRequests_AreOneLine()
    {
        using DatasetFiles files = Planned();
        Preprocess(files, "-c", "3d_huge").FailedWith(ExitCode.Usage, "3d_huge", "3d_fullres");
        CliRun.Of("preprocess", files.Folder, "-o", files.Beside("absent")).FailedWith(ExitCode.InputFile, "nnUNetPlans.json", "stunet plan");
        string plans = files.Beside("out/nnUNetPlans.json");
        File.WriteAllText(plans, File.ReadAllText(plans).Replace("Dataset001_Small", "Dataset002_Other", StringComparison.Ordinal));
        Preprocess(files).FailedWith(ExitCode.InputFile, "dataset_name", "Dataset002_Other", "Dataset001_Small");
        Assert.False(Directory.Exists(files.Beside("out/3d_fullres")));
    }

    [Fact]
    public void Preprocess_Cancelled_LeavesNothing()
    {
        using DatasetFiles files = Planned();
        CliRun.Of(new CancellationToken(canceled: true), "preprocess", files.Folder, "-o", files.Beside("out")).FailedWith(ExitCode.Cancelled, "cancelled");
        Assert.False(Directory.Exists(files.Beside("out/3d_fullres")));
    }

    private static DatasetFiles Planned()
    {
        DatasetFiles files = DatasetFiles.Sound();
        Directory.CreateDirectory(files.Beside("out"));
        files.Plan().Write(files.Beside("out/nnUNetPlans.json"));
        return files;
    }

    private static CliRun Preprocess(DatasetFiles files, params string[] more) => CliRun.Of(["preprocess", files.Folder, "-o", files.Beside("out"), .. more]);
}
