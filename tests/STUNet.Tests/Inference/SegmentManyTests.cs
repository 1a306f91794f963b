using STUNet.Cli;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference;

public sealed class SegmentManyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Int3 Size = new(9, 10, 8);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SegmentAsync_OneCaseFails_NamesItAndTheOthersGoOn(bool limited)
    {
        using CpuDevice device = new(2);
        using Segmenter segmenter = StandIn(device, limited);
        List<string> written = [];
        SegmentationCase[] cases =
        [
            Case("good", written),
            Case("unreadable", written) with { Read = () => throw new InvalidFileException("unreadable.nii.gz", "", "truncated") },
            Case("unwritable", written) with { Write = _ => throw new InvalidRequestException("No room.") },
            Case("empty", written) with { Read = () => [new Volume(new VolumeGeometry(Size, new Spacing(1, 1, 1)))] },
            Case("last", written),
        ];
        List<CaseResult> results = [];
        await foreach (CaseResult result in segmenter.SegmentAsync(cases))
            results.Add(result);

        Assert.Equal(cases.Select(one => one.Name), results.Select(result => result.Case.Name));
        Assert.Equal(["good", "last"], written);
        Assert.Equal(["good", "last"], results.Where(result => result.Error is null).Select(result => result.Case.Name));
        Assert.All(results, result => Assert.Equal(result.Error is null, result.Result is not null));
        Assert.Contains("unreadable.nii.gz", results[1].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(SegmenterCases.Bytes(segmenter.Segment(SegmenterCases.Image(Size))), SegmenterCases.Bytes(results[4].Result!));
        Assert.Equal(Enum.GetValues<SegmentationStage>(), results[0].Result!.Times.Select(time => time.Stage));
        Assert.Equal(Enum.GetValues<SegmentationStep>(), results[0].Result!.Steps.Select(time => time.Step));
    }

    [Fact]
    public async Task SegmentAsync_NextCase_IsReadWhileTheNetworkWorks()
    {
        using CpuDevice device = new(1);
        using ManualResetEventSlim secondRead = new();
        bool overlapped = false;
        ModelManifest manifest = SegmenterCases.Manifest();
        using Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest, () => overlapped = secondRead.Wait(Patience))]);
        SegmentationCase[] cases =
        [
            Case("first", []),
            Case("second", []) with
            {
                Read = () =>
                {
                    secondRead.Set();
                    return SegmenterCases.Image(Size);
                },
            },
        ];
        await foreach (CaseResult result in segmenter.SegmentAsync(cases))
            Assert.Null(result.Error);
        Assert.True(overlapped);
    }

    [Fact]
    public async Task SegmentAsync_ThreeCases_OneIsPreprocessedAndOneWrittenWhileTheNetworkWorks()
    {
        using CpuDevice device = new(2);
        using ManualResetEventSlim firstIsWritten = new();
        using ManualResetEventSlim thirdIsPreprocessed = new();
        using ManualResetEventSlim secondIsInNetwork = new();
        (int passes, bool othersWorked, bool networkWorked) = (0, false, false);
        ModelManifest manifest = SegmenterCases.Manifest();
        int passesOfACase = 0;
        using (Segmenter counting = new(manifest, device, new(), [SegmenterCases.StandIn(manifest, () => passesOfACase++)]))
            counting.Segment(SegmenterCases.Image(Size));
        using Segmenter segmenter = new(manifest, device, new(), [SegmenterCases.StandIn(manifest, () =>
        {
            if (passes++ != passesOfACase)
                return;
            // The first window of the second case lasts until the other two have done their part.
            secondIsInNetwork.Set();
            othersWorked = firstIsWritten.Wait(Patience) && thirdIsPreprocessed.Wait(Patience);
        })]);
        SegmentationCase[] cases =
        [
            Case("first", []) with
            {
                Write = _ =>
                {
                    networkWorked = secondIsInNetwork.Wait(Patience);
                    firstIsWritten.Set();
                },
            },
            Case("second", []),
            Case("third", []),
        ];
        ProgressReport<SegmentationProgress> progress = new(value =>
        {
            if (value is { Case: "third", Stage: SegmentationStage.Preprocessing, Done: 1 })
                thirdIsPreprocessed.Set();
        });
        List<byte[]> labels = [];
        await foreach (CaseResult result in segmenter.SegmentAsync(cases, progress))
            labels.Add(SegmenterCases.Bytes(result.Result!));
        Assert.True(networkWorked && othersWorked);
        Assert.All(labels, one => Assert.Equal(labels[0], one));
    }

    [Fact]
    public async Task SegmentAsync_WithLimit_OneCaseAtATime()
    {
        using CpuDevice device = new(1);
        using Segmenter segmenter = StandIn(device, limited: true);
        List<string> events = [];
        SegmentationCase[] cases = [.. new[] { "first", "second" }.Select(name => new SegmentationCase(
            name,
            () =>
            {
                events.Add($"read {name}");
                return SegmenterCases.Image(Size);
            },
            _ => events.Add($"write {name}")))];
        await foreach (CaseResult result in segmenter.SegmentAsync(cases))
            Assert.Null(result.Error);
        Assert.Equal(["read first", "write first", "read second", "write second"], events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SegmentAsync_Cancelled_WritesNothing(bool limited)
    {
        using CancellationTokenSource stop = new();
        using CpuDevice device = new(1);
        ModelManifest manifest = SegmenterCases.Manifest();
        using Segmenter segmenter = new(manifest, device, Options(limited), [SegmenterCases.StandIn(manifest, stop.Cancel)]);
        List<string> written = [];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (CaseResult result in segmenter.SegmentAsync([Case("first", written), Case("second", written)], null, stop.Token))
                Assert.Fail($"{result.Case.Name} was not cancelled");
        });
        Assert.Empty(written);
    }

    [Fact]
    public async Task SegmentAsync_CallerStopsEnumerating_StopsTheStages()
    {
        using CpuDevice device = new(1);
        using Segmenter segmenter = StandIn(device, limited: false);
        int read = 0;
        IEnumerable<SegmentationCase> endless = Enumerable.Range(0, int.MaxValue).Select(i => Case($"{i}", []) with
        {
            Read = () =>
            {
                read++;
                return SegmenterCases.Image(Size);
            },
        });
        await foreach (CaseResult result in segmenter.SegmentAsync(endless))
            break;
        int readSoFar = read;
        await Task.Delay(50);
        Assert.Equal(readSoFar, read);
    }

    [Fact]
    public async Task SegmentAsync_CallerSlowerThanTheNetwork_HoldsTheStagesBack()
    {
        using CpuDevice device = new(1);
        using Segmenter segmenter = StandIn(device, limited: false);
        int read = 0;
        SegmentationCase[] cases = [.. Enumerable.Range(0, 40).Select(i => Case($"{i}", []) with
        {
            Read = () =>
            {
                Interlocked.Increment(ref read);
                return SegmenterCases.Image(Size);
            },
        })];
        int taken = 0;
        await foreach (CaseResult result in segmenter.SegmentAsync(cases))
        {
            Assert.Null(result.Error);
            if (++taken == 1)
                await Task.Delay(500);
            // One is read or waits for the network, one is in it, one waits to be written, one is written, one waits for the caller.
            Assert.True(Volatile.Read(ref read) <= taken + 5, $"{read} cases were read when {taken} results were taken");
        }

        Assert.Equal(cases.Length, taken);
    }

    [Fact]
    public async Task SegmentAsync_EnumerationOfCasesFails_Throws()
    {
        using CpuDevice device = new(1);
        using Segmenter segmenter = StandIn(device, limited: false);
        IEnumerable<SegmentationCase> Broken()
        {
            yield return Case("first", []);
            throw new InvalidRequestException("The folder went away.");
        }

        await Assert.ThrowsAsync<InvalidRequestException>(async () =>
        {
            await foreach (CaseResult result in segmenter.SegmentAsync(Broken()))
                Assert.Null(result.Error);
        });
    }

    private static SegmenterOptions Options(bool limited) => new() { MemoryLimitBytes = limited ? 1L << 40 : null };

    private static Segmenter StandIn(CpuDevice device, bool limited)
    {
        ModelManifest manifest = SegmenterCases.Manifest();
        return new Segmenter(manifest, device, Options(limited), [SegmenterCases.StandIn(manifest)]);
    }

    private static SegmentationCase Case(string name, List<string> written) => new(name, () => SegmenterCases.Image(Size), _ => written.Add(name));
}
