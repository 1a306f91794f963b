using STUNet.Cli;
using STUNet.Core;
using STUNet.Inference;
using STUNet.Model;

namespace STUNet.Tests.Inference;

public sealed class AccumulatorMemoryTests
{
    [Fact]
    public void Take_AfterReturn_GivesTheSameBlockIfItFits()
    {
        using CopyingDevice device = new();
        using (AccumulatorMemory memory = new(device))
        {
            DeviceMemory first = memory.Take(1000);
            DeviceMemory second = memory.Take(500);
            Assert.Equal(1500, device.HeldBytes);
            memory.Return(second);
            Assert.Same(second, memory.Take(450));
            memory.Return(second);
            DeviceMemory larger = memory.Take(600);
            Assert.Equal(1600, device.HeldBytes);
            memory.Return(larger);
            DeviceMemory smaller = memory.Take(100);
            Assert.Equal(1100, device.HeldBytes);
            memory.Return(first);
            memory.Return(smaller);
        }

        Assert.Equal(0, device.HeldBytes);
    }

    [Fact]
    public async Task SegmentAsync_CasesOfDifferentSizesAndOneThatFails_LabelsAsOneByOne()
    {
        ModelManifest manifest = SegmenterCases.Manifest();
        Int3[] sizes = [new(12, 10, 11), new(19, 12, 14), new(9, 10, 8), new(19, 12, 14), new(10, 9, 13)];
        const int Failing = 1;
        using CpuDevice device = new(2);
        int passes = 0;
        bool fails = false;
        WindowPredictor predictor = SegmenterCases.StandIn(manifest, () =>
        {
            if (fails && ++passes == 3)
                throw new InvalidRequestException("Broken.");
        });
        using Segmenter segmenter = new(manifest, device, new(), [predictor]);
        byte[][] alone = [.. sizes.Select(size => SegmenterCases.Bytes(segmenter.Segment(SegmenterCases.Image(size))))];
        SegmentationCase[] cases = [.. sizes.Select((size, i) => new SegmentationCase($"{i}", () => SegmenterCases.Image(size)))];
        ProgressReport<SegmentationProgress> progress = new(value =>
        {
            if (value.Stage == SegmentationStage.Network)
                fails = value.Case == $"{Failing}" && value.Done < value.Total;
        });
        int compared = 0;
        await foreach (CaseResult result in segmenter.SegmentAsync(cases, progress))
        {
            if (result.Case.Name == $"{Failing}")
                Assert.NotNull(result.Error);
            else
                Assert.Equal(alone[int.Parse(result.Case.Name)], SegmenterCases.Bytes(result.Result!));
            compared++;
        }

        Assert.Equal(sizes.Length, compared);
    }
}
