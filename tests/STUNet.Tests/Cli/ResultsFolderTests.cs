using STUNet.Cli;
using STUNet.Core;
using STUNet.TestKit;

namespace STUNet.Tests.Cli;

public sealed class ResultsFolderTests
{
    [Fact]
    public void FindModel_Number_FindsTheOneTaskWithIt()
    {
        using TemporaryFolder folder = new();
        string expected = Make(folder, "3d_fullres/Task007_Heart/STUNetTrainer_base__nnUNetPlansv2.1");
        Make(folder, "3d_lowres/Task007_Heart/STUNetTrainer_base__nnUNetPlansv2.1");
        Make(folder, "3d_fullres/Task070_Liver/STUNetTrainer_base__nnUNetPlansv2.1");
        ResultsFolder results = new(folder.Path);
        Assert.Equal(expected, results.FindModel("7", "3d_fullres", "STUNetTrainer_base", "nnUNetPlansv2.1"));
        Assert.Equal(expected, results.FindModel("007", "3d_fullres", null, "nnUNetPlansv2.1"));
        Assert.Equal(expected, results.FindModel("Task007_Heart", "3d_fullres", null, "nnUNetPlansv2.1"));
    }

    [Fact]
    public void FindModel_NoneOrSeveral_SaysWhatThereIs()
    {
        using TemporaryFolder folder = new();
        Make(folder, "3d_fullres/Task007_Heart/A__nnUNetPlansv2.1");
        Make(folder, "3d_fullres/Task007_Heart/B__nnUNetPlansv2.1");
        Make(folder, "3d_lowres/Task008_Old/A__nnUNetPlansv2.1");
        Make(folder, "3d_fullres/Task008_New/A__nnUNetPlansv2.1");
        ResultsFolder results = new(folder.Path);
        Assert.Contains("Task008_New, Task008_Old", Failure("8", "A"));
        Assert.Contains("Task009_*", Failure("9", "A"));
        Assert.Contains("A__nnUNetPlansv2.1, B__nnUNetPlansv2.1", Failure("7", null));
        Assert.Contains("no C__nnUNetPlansv2.1", Failure("7", "C"));
        Assert.Contains("Task010_Absent", Failure("Task010_Absent", "A"));

        string Failure(string task, string? trainer) =>
            Assert.Throws<InvalidFileException>(() => results.FindModel(task, "3d_fullres", trainer, "nnUNetPlansv2.1")).Message;
    }

    [Fact]
    public void FindModel_FolderFromTheEnvironment_IsUsedWhereNoneIsGiven()
    {
        using TemporaryFolder folder = new();
        string expected = Make(folder, "3d_fullres/Task007_Heart/STUNetTrainer_base__nnUNetPlansv2.1");
        string? before = Environment.GetEnvironmentVariable(ResultsFolder.Variable);
        try
        {
            Environment.SetEnvironmentVariable(ResultsFolder.Variable, folder.Path);
            Assert.Equal(expected, new ResultsFolder(null).FindModel("7", "3d_fullres", null, "nnUNetPlansv2.1"));
            Environment.SetEnvironmentVariable(ResultsFolder.Variable, null);
            Assert.Contains("--results-folder", Assert.Throws<InvalidRequestException>(() => new ResultsFolder(null)).Message);
        }
        finally
        {
            Environment.SetEnvironmentVariable(ResultsFolder.Variable, before);
        }
    }

    private static string Make(TemporaryFolder folder, string path) => Directory.CreateDirectory(Path.Combine(folder.Path, "nnUNet", path)).FullName;
}
