using STUNet.TestKit;
using STUNet.Training;

namespace STUNet.Tests.Training.Trainers;

public sealed class EpochLogTests
{
    private static EpochRecord Record(int epoch) => new(epoch, 0.01, -0.25, double.NaN, [0.5, double.NaN], 0.5, 0.5, new EpochTimes(2, 1.5, 0.25, 0.5));

    [Fact]
    public void Open_LaterEpochsAndATornLine_AreRemoved()
    {
        using TemporaryFolder folder = new();
        string path = folder[EpochLog.FileName];
        EpochLog log = EpochLog.Open(path, 0);
        for (int epoch = 0; epoch < 3; epoch++)
            log.Append(Record(epoch));
        string whole = File.ReadAllText(path);
        File.AppendAllText(path, "{\"epoch\":3,\"learning");
        Assert.Equal([0, 1, 2], EpochLog.Read(path).Select(record => record.Epoch));
        Assert.Equal(3, EpochLog.Open(path, 5).Records.Count);
        Assert.Equal(whole, File.ReadAllText(path));
        EpochLog cut = EpochLog.Open(path, 1);
        cut.Append(Record(1));
        Assert.Equal([0, 1], EpochLog.Read(path).Select(record => record.Epoch));
    }

    [Fact]
    public void Append_AndRead_KeepEveryValue()
    {
        using TemporaryFolder folder = new();
        EpochLog.Open(folder[EpochLog.FileName], 0).Append(Record(0));
        EpochRecord read = Assert.Single(EpochLog.Read(folder[EpochLog.FileName]));
        Assert.Equal(Record(0).ToJsonLine(), read.ToJsonLine());
        Assert.True(double.IsNaN(read.Dice[1]) && double.IsNaN(read.ValidationLoss));
        Assert.Equal(0.75, read.Times.NetworkShare);
    }

    [Fact]
    public void Read_NoLog_IsEmpty() => Assert.Empty(EpochLog.Read("/nowhere/training_log.jsonl"));
}
