using STUNet.Core;
using STUNet.Model;
using STUNet.Training;

namespace STUNet.Tests.Training.Batches;

public sealed class SampleStreamTests
{
    private static readonly Int3 Patch = new(12, 10, 14);
    private static readonly ITrainingCase[] Cases = [new InMemoryCase(1, new Int3(20, 24, 22), 2), new InMemoryCase(2, new Int3(9, 30, 16), 2)];

    private static SampleStreamSettings Settings => new()
    {
        Version = NnunetVersion.V2,
        Patch = Patch,
        BatchSize = 3,
        BatchesPerEpoch = 4,
        Targets = new DeepSupervisionTargets(Patch, [new(1, 1, 1), new(2, 2, 2), new(2, 1, 2)], NnunetVersion.V2),
        MaskedChannels = [true, false],
        Seed = 5,
    };

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 4)]
    public void Next_AnyNumberOfWorkers_GivesTheSameBits(int workers, int prepared)
    {
        const int Batches = 9;
        Copy[] expected = Read(Settings, Batches);
        Copy[] actual = Read(Settings with { Workers = workers, Prepared = prepared }, Batches);
        Assert.Equal(Enumerable.Range(0, Batches).Select(batch => (batch / 4, batch % 4)), expected.Select(batch => (batch.Epoch, batch.Index)));
        Assert.All(expected.Zip(actual), pair => pair.First.AssertEqual(pair.Second));
        Assert.Equal(Batches, expected.Select(batch => batch.Image.Sum(value => (double)value)).Distinct().Count());
    }

    [Fact]
    public void Next_FromALaterEpoch_ContinuesTheSameStream()
    {
        Copy[] whole = Read(Settings, 6);
        Copy[] resumed = Read(Settings with { FirstEpoch = 1 }, 2);
        Assert.All(whole[4..].Zip(resumed), pair => pair.First.AssertEqual(pair.Second));
    }

    [Theory]
    [InlineData(0, 3, 3)]
    [InlineData(0, 4, 4)]
    [InlineData(1, 1, 5)]
    public void Next_FromWithinAnEpoch_ContinuesTheSameStream(int epoch, int batch, int place)
    {
        Copy[] whole = Read(Settings, 7);
        Copy[] resumed = Read(Settings with { FirstEpoch = epoch, FirstBatch = batch, Workers = 2 }, 2);
        Assert.All(whole[place..(place + 2)].Zip(resumed), pair => pair.First.AssertEqual(pair.Second));
        Assert.Equal(whole[place..(place + 2)].Select(copy => (copy.Epoch, copy.Index)), resumed.Select(copy => (copy.Epoch, copy.Index)));
    }

    [Theory]
    [InlineData(NnunetVersion.V1)]
    [InlineData(NnunetVersion.V2)]
    public void Next_Validation_IsCutFromTheCaseAsItIs(NnunetVersion version)
    {
        SampleStreamSettings settings = Settings with { IsAugmented = false, Version = version };
        foreach (Copy batch in Read(settings, 4))
        {
            for (int sample = 0; sample < settings.BatchSize; sample++)
            {
                // The same draws by hand.
                SampleRandom random = new(settings.Seed, batch.Epoch, batch.Index * settings.BatchSize + sample);
                ITrainingCase source = Cases[random.Integer(0, Cases.Length - 1)];
                bool isForced = ForegroundOversampling.IsForced(sample, settings.BatchSize);
                (Int3 start, _) = new PatchSampler(version, Patch, Patch).Choose(source.Size, source.Locations, isForced, random.Integer);
                float[] image = new float[Patch.Product];
                PatchCropping.Crop(source.Channel(1), source.Size, start, image, Patch, 0f);
                Assert.Equal(image, batch.Image.AsSpan((sample * 2 + 1) * image.Length, image.Length).ToArray());
                short[] labels = new short[Patch.Product];
                PatchCropping.Crop(source.Labels, source.Size, start, labels, Patch, (short)0);
                Assert.Equal(
                    labels.Select(label => Math.Max(label, (short)0)), batch.Targets[0].AsSpan(sample * labels.Length, labels.Length).ToArray());
                if (isForced)
                    Assert.Contains(labels, label => label > 0);
            }
        }
    }

    [Fact]
    public void Next_Regions_GivesMaps()
    {
        DeepSupervisionTargets targets = new(Patch, [new(1, 1, 1), new(2, 2, 2), new(2, 1, 2)], NnunetVersion.V2, new LabelRegions([[1, 2], [2]]));
        using SampleStream stream = new(Cases, Settings with { Targets = targets });
        TrainingBatch batch = stream.Next();
        Assert.Equal(new Shape(3, 2, Patch), batch.TargetShapes[0]);
        Assert.Equal(new Shape(3, 2, new Int3(6, 5, 7)), batch.TargetShapes[1]);
        Assert.All(batch.Target(0).ToArray(), value => Assert.InRange(value, 0, 1));
    }

    [Fact]
    public void Next_InPlane_Works()
    {
        Int3 patch = new(4, 16, 16);
        Assert.True(LoaderPatch.IsAugmentedInPlane(patch));
        DeepSupervisionTargets targets = new(patch, [new(1, 1, 1), new(1, 2, 2), new(1, 2, 2)], NnunetVersion.V2);
        using SampleStream stream = new(Cases, Settings with { Patch = patch, Targets = targets, InPlane = true });
        for (int i = 0; i < 5; i++)
            Assert.All(stream.Next().Image.ToArray(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Next_Cancelled_EndsTheWaiting()
    {
        using ManualResetEventSlim gate = new();
        using SampleStream stream = new([new BlockedCase(Cases[0], gate)], Settings);
        using CancellationTokenSource cancellation = new(TimeSpan.FromMilliseconds(50));
        try
        {
            Assert.Throws<OperationCanceledException>(() => stream.Next(cancellation.Token));
        }
        finally
        {
            gate.Set();
        }

        Assert.Equal(0, stream.Next().Index);
    }

    [Fact]
    public void Next_UnreadableCase_ThrowsWhatTheCaseThrew()
    {
        InvalidFileException failure = new("case.data", "image", "is cut short", "preprocess it again");
        using SampleStream stream = new([new InMemoryCase(1, new Int3(20, 20, 20), 2) { Failure = failure }], Settings with { Workers = 2 });
        Assert.Same(failure, Assert.Throws<InvalidFileException>(() => stream.Next()));
    }

    [Fact]
    public void Next_AfterDispose_IsRefused()
    {
        SampleStream stream = new(Cases, Settings with { Workers = 2 });
        stream.Dispose();
        Assert.Throws<ObjectDisposedException>(() => stream.Next());
    }

    [Fact]
    public void Constructor_BadSettings_SaysWhich()
    {
        AssertRefused([], Settings, "no case");
        AssertRefused([Cases[0], new InMemoryCase(3, new Int3(9, 9, 9), 1)], Settings, "channels");
        AssertRefused(Cases, Settings with { MaskedChannels = [true] }, "masked");
        AssertRefused(Cases, Settings with { Patch = new Int3(8, 8, 8) }, "8x8x8");
        AssertRefused(Cases, Settings with { BatchSize = 0 }, "batch size");
        AssertRefused(Cases, Settings with { BatchesPerEpoch = 0 }, "batches per epoch");
        AssertRefused(Cases, Settings with { Workers = 0 }, "workers");
        AssertRefused(Cases, Settings with { Prepared = 0 }, "prepared");
    }

    private static void AssertRefused(IReadOnlyList<ITrainingCase> cases, SampleStreamSettings settings, string word) =>
        Assert.Contains(word, Assert.Throws<InvalidRequestException>(() => new SampleStream(cases, settings)).Message, StringComparison.Ordinal);

    private static Copy[] Read(SampleStreamSettings settings, int batches)
    {
        using SampleStream stream = new(Cases, settings);
        return [.. Enumerable.Range(0, batches).Select(_ => new Copy(stream.Next()))];
    }

    /// <summary>What a batch held before the next one was asked for.</summary>
    private sealed class Copy(TrainingBatch batch)
    {
        public int Epoch { get; } = batch.Epoch;

        public int Index { get; } = batch.Index;

        public float[] Image { get; } = batch.Image.ToArray();

        public short[][] Targets { get; } = [.. Enumerable.Range(0, batch.TargetShapes.Count).Select(scale => batch.Target(scale).ToArray())];

        public void AssertEqual(Copy other)
        {
            Assert.Equal((Epoch, Index), (other.Epoch, other.Index));
            Assert.Equal(Image.Select(BitConverter.SingleToUInt32Bits), other.Image.Select(BitConverter.SingleToUInt32Bits));
            Assert.Equal(Targets, other.Targets);
        }
    }

    private sealed class BlockedCase(ITrainingCase inner, ManualResetEventSlim gate) : ITrainingCase
    {
        public Int3 Size => inner.Size;

        public int Channels => inner.Channels;

        public ClassLocations Locations => inner.Locations;

        public ReadOnlySpan<short> Labels => inner.Labels;

        public ReadOnlySpan<float> Channel(int channel)
        {
            gate.Wait();
            return inner.Channel(channel);
        }
    }
}
