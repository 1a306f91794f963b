using System.Text.Json;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Tests.Training.Planning;
using STUNet.Training;

namespace STUNet.Tests.Training.Datasets;

public sealed class DatasetVerificationTests
{
    [Fact]
    public void Run_SoundDataset_FindsNothingAndCountsLabels()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        DatasetVerification report = Verify(files);
        Assert.True(report.Passed);
        Assert.Empty(report.Findings);
        Assert.Equal(5, report.Cases.Length);
        // 4 slices of 5 rows; labels 1 and 2 cover two columns each.
        Assert.Equal([new(0, 480 - 80), new(1, 40), new(2, 40)], report.Cases[0].LabelVoxels);
        Assert.Equal((DatasetFiles.Size, new Spacing(2, 1, 1)), (report.Cases[0].Size!.Value, report.Cases[0].Spacing!.Value));
        Assert.Equal(["Dataset001_Small: 5 cases, no errors, 0 warnings"], report.Summary());
    }

    [Fact]
    public void Run_EveryKindOfFault_IsFoundInOneRun()
    {
        using DatasetFiles files = DatasetFiles.Sound(7);
        files.Describe("""
            {"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1, "b": 2, "c": 4}, "numTraining": 5, "file_ending": ".nii.gz"}
            """);
        File.Delete(files["labelsTr/case_0.nii.gz"]);
        files.Labels("labelsTr/case_1.nii.gz", (_, _, x) => x == 3 ? 7u : 1);
        files.Labels("labelsTr/case_2.nii.gz", (_, _, _) => 1, DatasetFiles.Geometry(new Int3(6, 8, 9)));
        files.Labels("labelsTr/case_3.nii.gz", (_, _, _) => 1, DatasetFiles.Geometry(spacing: new Spacing(2, 1, 1.01)));
        files.Labels("labelsTr/case_4.nii.gz", (_, _, _) => 1, DatasetFiles.Geometry(affine: new Affine([1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 2, 0])));
        files.Image("imagesTr/case_5_0000.nii.gz", (z, y, x) => (z, y, x) == (1, 2, 3) ? float.NaN : 1);
        File.WriteAllText(files["imagesTr/case_6_0000.nii.gz"], "no gzip");
        files.Image("imagesTr/case_1_0001.nii.gz", (_, _, _) => 1);
        files.Labels("labelsTr/left_over.nii.gz", (_, _, _) => 1);
        DatasetVerification report = Verify(files);
        Assert.False(report.Passed);
        void AssertFound(FindingSeverity severity, VerificationCheck check, string @case, string file, string message)
        {
            VerificationFinding finding = Assert.Single(report.Findings, finding => finding.Check == check && finding.Case == @case && finding.File.EndsWith(file, StringComparison.Ordinal));
            Assert.Equal(severity, finding.Severity);
            Assert.Contains(message, finding.Message);
        }

        AssertFound(FindingSeverity.Error, VerificationCheck.NumTraining, "", "dataset.json", "7 training cases");
        AssertFound(FindingSeverity.Error, VerificationCheck.ConsecutiveLabels, "", "dataset.json", "3 is missing");
        AssertFound(FindingSeverity.Warning, VerificationCheck.LabelsOccur, "", "dataset.json", "\"c\"");
        AssertFound(FindingSeverity.Error, VerificationCheck.LabelFile, "case_0", "case_0.nii.gz", "missing");
        AssertFound(FindingSeverity.Error, VerificationCheck.LabelValues, "case_1", "case_1.nii.gz", "voxels of 7,");
        AssertFound(FindingSeverity.Error, VerificationCheck.Shape, "case_2", "case_2.nii.gz", "6x8x9");
        AssertFound(FindingSeverity.Error, VerificationCheck.Spacing, "case_3", "case_3.nii.gz", "2x1x1.01 mm");
        AssertFound(FindingSeverity.Warning, VerificationCheck.OriginDirection, "case_4", "case_4.nii.gz", "up to 5 mm");
        AssertFound(FindingSeverity.Error, VerificationCheck.Finite, "case_5", "case_5_0000.nii.gz", "(1, 2, 3)");
        AssertFound(FindingSeverity.Error, VerificationCheck.Readable, "case_6", "case_6_0000.nii.gz", "");
        AssertFound(FindingSeverity.Error, VerificationCheck.Channels, "", "case_1_0001.nii.gz", "1 channels");
        AssertFound(FindingSeverity.Warning, VerificationCheck.LabelFile, "", "left_over.nii.gz", "no image");
    }

    [Fact]
    public void Write_Report_IsReadByMachines()
    {
        using DatasetFiles files = DatasetFiles.Sound(2);
        files.Labels("labelsTr/case_1.nii.gz", (_, _, _) => 3);
        Verify(files).Write(files.Beside("report.json"));
        JsonElement report = JsonComparison.Load(files.Beside("report.json"));
        Assert.False(report.GetProperty("passed").GetBoolean());
        JsonElement finding = Assert.Single(report.GetProperty("findings").EnumerateArray());
        Assert.Equal(("error", "labelValues", "case_1"), (finding.GetProperty("severity").GetString(), finding.GetProperty("check").GetString(), finding.GetProperty("case").GetString()));
        Assert.Equal(40, report.GetProperty("cases")[0].GetProperty("labelVoxels").GetProperty("2").GetInt64());
    }

    [Fact]
    public void Run_Cancelled_Stops()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        using WorkerPool pool = new(1);
        Assert.Throws<OperationCanceledException>(() => DatasetVerification.Run(RawDataset.Open(files.Folder), pool, cancellation: new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Run_AnyNumberOfWorkers_ReportsEveryCaseOnceInOrder()
    {
        using DatasetFiles files = DatasetFiles.Sound();
        List<CaseProgress> reports = [];
        using WorkerPool pool = new(4);
        DatasetVerification report = DatasetVerification.Run(RawDataset.Open(files.Folder), pool, new Recorder(reports));
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"case_{i}"), report.Cases.Select(entry => entry.Case));
        Assert.Equal(Enumerable.Range(0, 6), reports.Select(entry => entry.Done).Order());
    }

    private static DatasetVerification Verify(DatasetFiles files)
    {
        using WorkerPool pool = new(2);
        return DatasetVerification.Run(RawDataset.Open(files.Folder), pool);
    }

    private sealed class Recorder(List<CaseProgress> reports) : IProgress<CaseProgress>
    {
        public void Report(CaseProgress value)
        {
            lock (reports)
                reports.Add(value);
        }
    }
}
