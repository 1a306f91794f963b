using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;
using STUNet.OpRunner;
using STUNet.TestKit;
using STUNet.Tests.Inference;
using STUNet.Training;

namespace STUNet.Tests.Training.Trainers;

public sealed class TrainerTests
{
    private const int Epochs = 3;

    [Theory]
    [InlineData(NnunetVersion.V1)]
    [InlineData(NnunetVersion.V2)]
    public void Run_CancelledAnywhereAndResumed_GivesTheSameBits(NnunetVersion version)
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(version, Epochs);
        IReadOnlyList<EpochRecord> expected = TrainingRun.Of(folder["whole"], settings);
        byte[] final = File.ReadAllBytes(Path.Combine(folder["whole"], TrainingFolder.FinalFile));
        // At every batch of every epoch, training and validation: once each, and one training that is cancelled at each of them in turn.
        int batches = settings.IterationsPerEpoch + settings.ValidationIterations;
        string often = folder["often"];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            for (int done = 1; done <= batches; done++)
            {
                TrainingRun.Of(often, settings, progress => (progress.Epoch, progress.Done) == (epoch, done));
                string once = folder[$"once-{epoch}-{done}"];
                TrainingRun.Of(once, settings, progress => (progress.Epoch, progress.Done) == (epoch, done));
                AssertSame(expected, TrainingRun.Of(once, settings with { SaveInterval = 3 }));
                Assert.Equal(final, File.ReadAllBytes(Path.Combine(once, TrainingFolder.FinalFile)));
            }
        }

        AssertSame(expected, TrainingRun.Of(often, settings));
        Assert.Equal(final, File.ReadAllBytes(Path.Combine(often, TrainingFolder.FinalFile)));
        AssertSame(expected, EpochLog.Read(Path.Combine(often, EpochLog.FileName)));
    }

    [Fact]
    public void Run_AdamWCancelledAndResumed_GivesTheSameBits()
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, Epochs);
        settings = settings with { Step = settings.Step with { Optimiser = new AdamW() }, InitialLearningRate = 1e-3 };
        IReadOnlyList<EpochRecord> expected = TrainingRun.Of(folder["whole"], settings);
        TrainingRun.Of(folder["parts"], settings, progress => (progress.Epoch, progress.Done) == (1, 1));
        using (TrainingCheckpoint checkpoint = TrainingCheckpoint.Open(Path.Combine(folder["parts"], TrainingFolder.LatestFile)))
            Assert.Contains(checkpoint.Tensors.Tensors, tensor => tensor.Name.StartsWith("square/", StringComparison.Ordinal));
        AssertSame(expected, TrainingRun.Of(folder["parts"], settings));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder["whole"], TrainingFolder.FinalFile)), File.ReadAllBytes(Path.Combine(folder["parts"], TrainingFolder.FinalFile)));
        Assert.NotEqual(expected[^1].TrainingLoss, TrainingRun.Of(folder["sgd"], TinyTraining.Of(NnunetVersion.V2, Epochs))[^1].TrainingLoss);
    }

    [Fact]
    public void Run_BlocksRecomputed_PlansLessMemoryAndIsPartOfTheTraining()
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, 2) with { Recompute = Recompute.Blocks };
        Assert.True(ArenaOf(settings) < ArenaOf(settings with { Recompute = Recompute.Cheap }));
        Assert.True(ArenaOf(settings with { Recompute = Recompute.Cheap }) < ArenaOf(settings with { Recompute = Recompute.Nothing }));
        TrainingRun.Of(folder["fold_0"], settings, progress => progress.Finished is not null);
        InvalidFileException other = Assert.Throws<InvalidFileException>(() => TrainingRun.Of(folder["fold_0"], settings with { Recompute = Recompute.Cheap }));
        Assert.Contains("settings.recompute: the training was begun with blocks, but the default is asked for", other.Message);
        Assert.Equal(2, TrainingRun.Of(folder["fold_0"], settings).Count);

        long ArenaOf(TrainerSettings planned)
        {
            using TemporaryFolder empty = new();
            using TrainingFolder opened = TrainingFolder.Open(empty["fold_0"], isContinued: false);
            using CpuDevice device = new(1);
            using TinyCases cases = new();
            using Trainer trainer = new(planned, device, new InitialParameters(planned.Step.Network, InitialisationScheme.V2, 11), cases, TinyTraining.Split, opened);
            return trainer.Network.Report.ArenaBytes;
        }
    }

    [Fact]
    public void Trainer_TooLittleMemoryForAnyPart_IsRefusedBeforeTheFirstStep()
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, 1);
        using RefusingDevice device = new();
        int refusals = 0;
        while (true)
        {
            (device.RefusedIn, int steps) = (refusals + 1, 0);
            Exception? failure = Record.Exception(() => TrainingRun.Of(
                folder["fold_0"],
                settings,
                progress =>
                {
                    steps++;
                    return false;
                },
                device: device));
            Assert.Equal(0, device.Live);
            if (failure is null)
                break;
            Assert.IsType<InsufficientResourcesException>(failure);
            Assert.Equal(0, steps);
            Assert.False(File.Exists(Path.Combine(folder["fold_0"], EpochLog.FileName)));
            refusals++;
        }

        Assert.True(refusals > 20, $"{refusals} allocations are too few for a network, its momenta and two plans");
    }

    [Fact]
    public void Run_ManySampleThreads_GivesTheSameBits()
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, 2);
        TrainingRun.Of(folder["one"], settings);
        TrainingRun.Of(folder["many"], settings with { Workers = 3, Prepared = 4 });
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["one"], TrainingFolder.FinalFile)), File.ReadAllBytes(Path.Combine(folder["many"], TrainingFolder.FinalFile)));
    }

    [Fact]
    public void Run_LearnableCases_Learns()
    {
        using TemporaryFolder folder = new();
        IReadOnlyList<EpochRecord> epochs = TrainingRun.Of(folder["fold_0"], TinyTraining.Of(NnunetVersion.V2, 30));
        Assert.True(epochs[^1].TrainingLoss < epochs[0].TrainingLoss - 0.5, $"{epochs[0].TrainingLoss} to {epochs[^1].TrainingLoss}");
        Assert.True(epochs[^1].MeanDice > 0.8, $"{epochs[^1].MeanDice}");
        Assert.All(epochs, epoch => Assert.InRange(epoch.Times.NetworkShare, 0, 1));
    }

    [Theory]
    [InlineData(NnunetVersion.V1, new string[0])]
    [InlineData(NnunetVersion.V2, new[] { TrainingFolder.BestFile })]
    public void Run_ToTheEnd_LeavesTheCheckpointsOfTheVersion(NnunetVersion version, string[] besides)
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(version, 2);
        List<string[]> seen = [];
        TrainingRun.Of(folder["fold_0"], settings, progress =>
        {
            if (progress.Finished is not null)
                seen.Add(TrainingRun.FilesIn(folder["fold_0"]));
            return false;
        });
        string[] always = [EpochLog.FileName, .. besides];
        string locked = "training.lock";
        Assert.Equal(Sorted([.. always, TrainingFolder.LatestFile, locked]), seen[0]);
        Assert.Equal(Sorted([.. always, TrainingFolder.FinalFile]), TrainingRun.FilesIn(folder["fold_0"]));
        using TrainingCheckpoint final = TrainingCheckpoint.Open(Path.Combine(folder["fold_0"], TrainingFolder.FinalFile));
        Assert.Equal((2, 0), (final.Epoch, final.Iteration));
        // Nobody told what it began with, as no program did once: such checkpoints are read as ever.
        Assert.Null(final.InitialWeights);
        // v1 leaves the lowest head without a gradient; v2 lets it decay.
        Assert.Equal(version == NnunetVersion.V2, final.Tensors.Tensors.Any(tensor => tensor.Name == "momentum/seg_outputs.0.weight"));
    }

    [Fact]
    public void Run_LearningRateAndAverages_FollowTheReference()
    {
        using TemporaryFolder folder = new();
        IReadOnlyList<EpochRecord> epochs = TrainingRun.Of(folder["fold_0"], TinyTraining.Of(NnunetVersion.V2, 3));
        Assert.Equal([0.01, 0.01 * Math.Pow(2 / 3.0, 0.9), 0.01 * Math.Pow(1 / 3.0, 0.9)], epochs.Select(epoch => epoch.LearningRate), (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal(epochs[0].MeanDice, epochs[0].AverageDice);
        Assert.Equal(0.9 * epochs[0].AverageDice + 0.1 * epochs[1].MeanDice, epochs[1].AverageDice);
    }

    [Fact]
    public void Run_V1WithoutAnyOverlapAtEpoch100_DrawsTheConvolutionsAnewWithLessMomentum()
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V1, 102) with { IterationsPerEpoch = 1, InitialLearningRate = 1e-12, SaveInterval = 101 };
        BackgroundOnly initial = new(settings.Step.Network);
        TrainingRun.Of(folder["fold_0"], settings, progress => progress.Epoch == 101, initial: initial);
        using TrainingCheckpoint checkpoint = TrainingCheckpoint.Open(Path.Combine(folder["fold_0"], TrainingFolder.LatestFile));
        float[] bias = new float[3];
        checkpoint.Read(BackgroundOnly.HeadBias, bias);
        Assert.All(bias, value => Assert.InRange(value, -1e-3f, 1e-3f));
        float[] norm = new float[settings.Step.Network.Dims[0]];
        checkpoint.Read("conv_blocks_context.0.0.norm1.weight", norm);
        Assert.All(norm, value => Assert.InRange(value, 1.99f, 2.01f));
        Assert.Equal(0.95f, checkpoint.State.Momentum);
        Assert.Equal(101, checkpoint.Epoch);
    }

    [Fact]
    public void Run_LossIsNaN_StopsInOneSentenceAndKeepsTheCheckpoint()
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, 3);
        TrainingRun.Of(folder["fold_0"], settings, progress => progress.Finished?.Epoch == 0);
        string latest = Path.Combine(folder["fold_0"], TrainingFolder.LatestFile);
        byte[] before = File.ReadAllBytes(latest);
        TrainingFailedException failure = Assert.Throws<TrainingFailedException>(() => TrainingRun.Of(folder["fold_0"], settings, cases: new TinyCases { HasNaN = true }));
        Assert.Contains("Epoch 1, iteration 0: loss NaN", failure.Message);
        Assert.Equal(before, File.ReadAllBytes(latest));
        TrainingRun.Of(folder["fold_0"], settings);
    }

    [Fact]
    public void Run_CheckpointCannotBeWritten_StopsInOneSentenceAndKeepsTheOneBefore()
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, 2);
        // A folder in the place of the file: the rename fails like any write to a full disk.
        Directory.CreateDirectory(Path.Combine(folder["fold_0"], TrainingFolder.FinalFile));
        TrainingFailedException failure = Assert.Throws<TrainingFailedException>(() => TrainingRun.Of(folder["fold_0"], settings));
        Assert.Contains(TrainingFolder.FinalFile, failure.Message);
        Assert.DoesNotContain(TrainingRun.FilesIn(folder["fold_0"]), file => file.EndsWith(".partial", StringComparison.Ordinal));
        Directory.Delete(Path.Combine(folder["fold_0"], TrainingFolder.FinalFile));
        using (TrainingCheckpoint kept = TrainingCheckpoint.Open(Path.Combine(folder["fold_0"], TrainingFolder.LatestFile)))
            Assert.Equal(1, kept.Epoch);
        TrainingRun.Of(folder["fold_0"], settings);
        TrainingRun.Of(folder["whole"], settings);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], TrainingFolder.FinalFile)), File.ReadAllBytes(Path.Combine(folder["fold_0"], TrainingFolder.FinalFile)));
    }

    [Fact]
    public void Trainer_OtherSettingsOrCases_NamesTheDifference()
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, 2);
        TrainingRun.Of(folder["fold_0"], settings, progress => progress.Finished is not null);
        InvalidFileException epochs = Assert.Throws<InvalidFileException>(() => TrainingRun.Of(folder["fold_0"], settings with { Epochs = 3 }));
        Assert.Contains("settings.epochs: the training was begun with 2, but 3 is asked for", epochs.Message);
        InvalidFileException seed = Assert.Throws<InvalidFileException>(() => TrainingRun.Of(folder["fold_0"], settings with { Seed = 12 }));
        Assert.Contains("settings.seed", seed.Message);
        InvalidRequestException unknown = Assert.Throws<InvalidRequestException>(() =>
        {
            using TrainingFolder opened = TrainingFolder.Open(folder["other"], isContinued: false);
            using CpuDevice device = new(1);
            new Trainer(settings, device, new BackgroundOnly(settings.Step.Network), new TinyCases(), new DataSplit(["a", "x"], ["c"]), opened).Dispose();
        });
        Assert.Contains("the case x", unknown.Message);
    }

    [Fact]
    public void Trainer_OtherContentUnderTheSameNames_IsRefused()
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, 2);
        TrainingRun.Of(folder["fold_0"], settings, progress => progress.Finished is not null);
        InvalidFileException other = Assert.Throws<InvalidFileException>(() => TrainingRun.Of(folder["fold_0"], settings, cases: new TinyCases { Source = "other seeds" }));
        Assert.Contains("sources: the training was begun with cases of the same names but other content", other.Message);
        Assert.Equal(2, TrainingRun.Of(folder["fold_0"], settings).Count);
    }

    [Fact]
    public void Trainer_CheckpointThatDoesNotKnowItsContent_GoesOnAndLearnsIt()
    {
        using TemporaryFolder folder = new();
        TrainerSettings settings = TinyTraining.Of(NnunetVersion.V2, 2);
        string fold = folder["fold_0"];
        using (TrainingFolder opened = TrainingFolder.Open(fold, isContinued: true))
        using (CpuDevice device = new(1))
        using (TrainingNetwork network = new(settings.Step, device, new FreshParameters(new InitialParameters(settings.Step.Network, InitialisationScheme.V2, 1))))
        {
            TrainingCheckpoint.Write(
                opened[TrainingFolder.LatestFile], network, new TrainingState { Momentum = 0.99f }, settings.Describe(), TinyTraining.Split.HashFor(new TinyCases().Preprocessing));
        }

        TrainingRun.Of(fold, settings, progress => progress.Finished is not null, new TinyCases { Source = "known now" });
        Assert.Contains("other content", Assert.Throws<InvalidFileException>(() => TrainingRun.Of(fold, settings)).Message);
    }

    [Fact]
    public void TrainingFolder_TakenOrTrainedIn_IsRefused()
    {
        using TemporaryFolder folder = new();
        using (TrainingFolder first = TrainingFolder.Open(folder["fold_0"], isContinued: false))
            Assert.Contains("another folder", Assert.Throws<InvalidRequestException>(() => TrainingFolder.Open(folder["fold_0"], isContinued: true)).Message);
        TrainingRun.Of(folder["fold_0"], TinyTraining.Of(NnunetVersion.V2, 1));
        Assert.Contains("--c", Assert.Throws<InvalidRequestException>(() => TrainingFolder.Open(folder["fold_0"], isContinued: false)).Message);
    }

    [Fact]
    public void OpenFurthest_DamagedAnywhere_IsRefused()
    {
        using TemporaryFolder folder = new();
        TrainingRun.Of(folder["fold_0"], TinyTraining.Of(NnunetVersion.V1, 1));
        string path = Path.Combine(folder["fold_0"], TrainingFolder.FinalFile);
        byte[] whole = File.ReadAllBytes(path);
        Random random = new(3);
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. whole];
            // Header bytes and tensor bytes alike; a third of the files is cut.
            int at = random.Next(i % 2 == 0 ? 4096 : whole.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            if (damaged[at] == ' ' || (char)whole[at] == ' ')
                continue;
            File.WriteAllBytes(path, i % 3 == 0 ? damaged[..random.Next(whole.Length)] : damaged);
            using TrainingFolder opened = TrainingFolder.Open(folder["fold_0"], isContinued: true);
            InvalidFileException failure = Assert.Throws<InvalidFileException>(() => opened.OpenFurthest()?.Dispose());
            Assert.StartsWith(path, failure.Message);
        }
    }

    private static string[] Sorted(string[] names) => [.. names.Order(StringComparer.Ordinal)];

    private static void AssertSame(IReadOnlyList<EpochRecord> expected, IReadOnlyList<EpochRecord> actual) => Assert.Equal(
        expected.Select(epoch => (epoch with { Times = default }).ToJsonLine()), actual.Select(epoch => (epoch with { Times = default }).ToJsonLine()));

    /// <summary>A network that sees background everywhere; norms of weight 2, to be recognised.</summary>
    private sealed class BackgroundOnly(StuNetConfig config) : IParameterSource
    {
        public const string HeadBias = "seg_outputs.1.bias";
        private readonly InitialParameters _drawn = new(config, InitialisationScheme.V1, 1);

        public void Read(string name, Span<float> destination)
        {
            _drawn.Read(name, destination);
            if (name.EndsWith("norm1.weight", StringComparison.Ordinal))
                destination.Fill(2);
            if (name == HeadBias)
                destination[0] = 100;
        }
    }
}
