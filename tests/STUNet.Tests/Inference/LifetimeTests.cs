using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;
using STUNet.TestKit;

namespace STUNet.Tests.Inference;

/// <summary>What is left of a segmenter after errors, and after its end.</summary>
public sealed class LifetimeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Int3 Size = new(9, 10, 8);

    [Fact]
    public void Constructor_AnyAllocationRefused_LeavesNothingOnTheDevice()
    {
        using RefusingDevice device = new();
        ModelManifest manifest = SegmenterCases.Manifest();
        using SegmentationModel model = new(manifest, [new SeededParameters(manifest.Architecture, "a"), new SeededParameters(manifest.Architecture, "b")]);
        int refused = RefuseEach(device, () => new Segmenter(model, device).Dispose());
        Assert.True(refused > 10, $"{refused} allocations are too few for two networks");
    }

    [Fact]
    public void Constructor_AnyParameterUnreadable_LeavesNothingOnTheDevice()
    {
        using RefusingDevice device = new();
        ModelManifest manifest = SegmenterCases.Manifest();
        int reads = 0;
        using (SegmentationModel whole = new(manifest, [new DictionaryParameters(_ => Fails(ref reads, at: 0))]))
            new Segmenter(whole, device).Dispose();
        for (int at = 1, all = reads; at <= all; at++)
        {
            int read = 0;
            using SegmentationModel model = new(manifest, [new DictionaryParameters(_ => Fails(ref read, at))]);
            Assert.Throws<InvalidRequestException>(() => new Segmenter(model, device));
            Assert.Equal(0, device.Live);
        }

        static float[]? Fails(ref int count, int at) => ++count == at ? throw new InvalidRequestException("Unreadable.") : null;
    }

    [Theory]
    [InlineData(SegmentationMode.Normal)]
    [InlineData(SegmentationMode.Fastest)]
    public void Segment_AnyAllocationOrUploadRefused_LeavesNothingOnTheDevice(SegmentationMode mode)
    {
        using RefusingDevice device = new();
        ModelManifest manifest = SegmenterCases.Manifest();
        using Segmenter segmenter = new(manifest, device, new() { Mode = mode }, [SegmenterCases.StandIn(manifest), SegmenterCases.StandIn(manifest)]);
        Volume[] image = SegmenterCases.Image(Size);
        int refused = RefuseEach(device, () => segmenter.Segment(image));
        // The volume; an accumulator for each fold, or one, and then labels on the device with a table per axis.
        Assert.Equal(mode == SegmentationMode.Fastest ? 1 + 2 : 1 + 1 + 1 + 3, refused);
        device.RefusesUploads = true;
        Assert.Throws<InsufficientResourcesException>(() => segmenter.Segment(image));
        Assert.Equal(0, device.Live);
    }

    [Fact]
    public void Segment_PassFails_WaitsForTheQueueBeforeAnythingIsReleased()
    {
        using RefusingDevice device = new();
        ModelManifest manifest = SegmenterCases.Manifest();
        using Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest, () => throw new InvalidRequestException("Broken."))]);
        Assert.Throws<InvalidRequestException>(() => segmenter.Segment(SegmenterCases.Image(Size)));
        Assert.Equal(2, device.LiveAtLastWait);
        Assert.Equal(0, device.Live);
    }

    [Fact]
    public void Segment_CancelledOnAnotherDevice_LeavesNothingAndTheNextCaseIsWhole()
    {
        using RefusingDevice device = new();
        using CancellationTokenSource stop = new();
        ModelManifest manifest = SegmenterCases.Manifest();
        Volume[] image = SegmenterCases.Image(new Int3(19, 10, 8));
        int passes = 0;
        using Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest, () => Cancel(++passes == 7))]);
        Assert.Throws<OperationCanceledException>(() => segmenter.Segment(image, null, stop.Token));
        Assert.Equal(7, passes);
        Assert.Equal(0, device.Live);
        using CpuDevice cpu = new(1);
        using Segmenter expected = new(manifest, cpu, new(), [SegmenterCases.StandIn(manifest)]);
        Assert.Equal(SegmenterCases.Bytes(expected.Segment(image)), SegmenterCases.Bytes(segmenter.Segment(image)));
        Assert.Equal(0, device.Live);

        void Cancel(bool now)
        {
            if (now)
                stop.Cancel();
        }
    }

    [Fact]
    public void Dispose_Twice_IsOnceAndLaterCallsAreRefused()
    {
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest();
        Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest)]);
        segmenter.Dispose();
        segmenter.Dispose();
        Assert.Throws<ObjectDisposedException>(() => segmenter.Segment(SegmenterCases.Image(Size)));
    }

    [Fact]
    public async Task Dispose_OneCallAtWorkAndOneWaiting_FirstIsDoneSecondIsRefused()
    {
        using CpuDevice device = new(1);
        using ManualResetEventSlim inNetwork = new();
        using ManualResetEventSlim goOn = new();
        ModelManifest manifest = SegmenterCases.Manifest();
        Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest, () =>
        {
            inNetwork.Set();
            goOn.Wait(Patience);
        })]);
        Volume[] image = SegmenterCases.Image(Size);
        Task<SegmentationResult> first = Task.Run(() => segmenter.Segment(image));
        Assert.True(inNetwork.Wait(Patience));
        using PreparedCase waiting = segmenter.Prepare("", image, overlapped: false, new StepClock(), null, CancellationToken.None);
        using AccumulatorMemory accumulators = new(device);
        Task<SegmentationResult> second = Task.Run(() => segmenter.Predict(waiting, null, accumulators, null, CancellationToken.None));
        Task end = Task.Run(segmenter.Dispose);
        // The end has begun when calls are refused.
        Assert.True(SpinWait.SpinUntil(
            () => Record.Exception(() => segmenter.Prepare("", image, overlapped: false, new StepClock(), null, CancellationToken.None).Dispose()) is ObjectDisposedException, Patience));
        Assert.False(end.IsCompleted, "the network was still at work");
        goOn.Set();
        await end.WaitAsync(Patience);
        Assert.NotEmpty((await first.WaitAsync(Patience)).Times);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second.WaitAsync(Patience));
    }

    /// <summary>Refuses the first allocation, then only the second, and so on, until the work gets through.</summary>
    private static int RefuseEach(RefusingDevice device, Action work)
    {
        for (int refused = 0; ; refused++)
        {
            device.RefusedIn = refused + 1;
            Exception? error = Record.Exception(work);
            Assert.Equal(0, device.Live);
            if (error is null)
                return refused;
            Assert.IsType<InsufficientResourcesException>(error);
        }
    }
}
