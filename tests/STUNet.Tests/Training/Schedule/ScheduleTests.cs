using STUNet.Core;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Tests.Training.Schedule;

/// <summary>Values worked out by hand.</summary>
public sealed class ScheduleTests
{
    [Fact]
    public void PolyLearningRate_StartAndEnd_AreInitialAndZero()
    {
        PolyLearningRate rate = new(0.01, 4);
        Assert.Equal(0.01, rate.At(0));
        Assert.Equal(0.01 * Math.Pow(0.5, 0.9), rate.At(2));
        Assert.Equal(0, rate.SavedByV1(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => rate.At(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => rate.At(-1));
    }

    [Fact]
    public void MovingAverage_Continued_GoesOnFromItsValue()
    {
        MovingAverage average = MovingAverage.OfPseudoDiceV2();
        Assert.Null(average.Value);
        Assert.Equal(0.5, average.Add(0.5));
        Assert.Equal((0.9 * 0.5) + 0.1, average.Add(1));
        Assert.Equal(average.Value, MovingAverage.OfPseudoDiceV2(0.5).Add(1));
    }

    [Fact]
    public void OfClasses_IgnoreAndAbsence_Count()
    {
        byte[] predicted = [0, 1, 2, 2, 2];
        int[] target = [1, 1, 2, 1, 9];
        using WorkerPool workers = new(1);
        ClassCounts[] counts = BatchCounts.OfClasses<int>(predicted, target, classes: 3, workers, ignore: 9);
        Assert.Equal([new ClassCounts(1, 0, 2), new ClassCounts(1, 1, 0)], counts);
        OnlineEvaluation evaluation = new(3);
        evaluation.Add([.. counts, default]);
        Assert.Equal([0.5, 2.0 / 3, double.NaN], evaluation.DicePerClass);
        Assert.Equal((0.5 + (2.0 / 3)) / 2, evaluation.MeanDice);
        Assert.True(double.IsNaN(new OnlineEvaluation(2).MeanDice));
    }

    [Fact]
    public void OfRegions_IgnoreChannel_IsLeftOut()
    {
        byte[] predicted = [1, 0, 0, 1];
        byte[] target = [1, 1, 1, 0, 0, 0, 0, 1];
        using WorkerPool workers = new(1);
        Assert.Equal([new ClassCounts(1, 0, 2)], BatchCounts.OfRegions<byte>(predicted, target, samples: 1, regions: 1, workers, hasIgnore: true));
        Assert.Equal([new ClassCounts(1, 1, 2)], BatchCounts.OfRegions<byte>(predicted, target.AsMemory(0, 4), samples: 1, regions: 1, workers));
    }

    [Fact]
    public void OfClasses_SeveralThreadsAndChunks_GiveTheSame()
    {
        const int Voxels = 50_000;
        Random random = new(7);
        byte[] predicted = [.. Enumerable.Range(0, 2 * Voxels).Select(_ => (byte)random.Next(3))];
        short[] target = [.. Enumerable.Range(0, 2 * Voxels).Select(_ => (short)random.Next(3))];
        ClassCounts[][] runs = [.. new[] { 1, 3 }.Select(threads =>
        {
            using WorkerPool workers = new(threads);
            return BatchCounts.OfClasses<short>(predicted, target, classes: 3, workers);
        })];
        Assert.Equal(runs[0], runs[1]);
        for (int k = 1; k < 3; k++)
            Assert.Equal(target.Count(label => label == k), runs[0][k - 1].TruePositives + runs[0][k - 1].FalseNegatives);
    }

    [Fact]
    public void CheckpointSchedule_LastEpochOnTheBeat_DiffersByVersion()
    {
        Assert.Equal(["model_latest.model", "model_final_checkpoint.model"], new CheckpointSchedule(NnunetVersion.V1, 4, every: 2).AtEndOf(3, 0).Select(write => write.File));
        CheckpointSchedule v2 = new(NnunetVersion.V2, 4, every: 2, best: 0.5);
        Assert.Equal(["checkpoint_latest.pth"], v2.AtEndOf(1, 0.5).Select(write => write.File));
        Assert.Equal(["checkpoint_best.pth", "checkpoint_final.pth"], v2.AtEndOf(3, 0.6).Select(write => write.File));
        Assert.Equal(0.6, v2.Best);
    }
}
