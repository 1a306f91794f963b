using STUNet.Imaging;
using STUNet.Inference;

namespace STUNet.Tests.Inference;

/// <summary>Segments a volume and has its probabilities written.</summary>
internal static class StoredRun
{
    public static LabelVolume Segment(this Segmenter segmenter, IReadOnlyList<Volume> image, string probabilities)
    {
        CaseResult result = segmenter.SegmentAsync([new SegmentationCase("case", () => image) { Probabilities = probabilities }]).ToBlockingEnumerable().Single();
        Assert.Null(result.Error);
        return result.Result!.Labels;
    }
}
