using System.Globalization;
using System.Text;

namespace STUNet.Inference;

/// <summary>All large buffers of a segmentation, known before any of them is allocated. An upper bound: cropping only makes them smaller.</summary>
/// <param name="Items">The buffers.</param>
public sealed record SegmentationMemoryPlan(IReadOnlyList<MemoryItem> Items)
{
    /// <summary>The most bytes that are needed at the same time.</summary>
    public long PeakBytes => Enum.GetValues<SegmentationStage>().Max(BytesDuring);

    /// <summary>Bytes needed during a stage.</summary>
    /// <param name="stage">The stage.</param>
    public long BytesDuring(SegmentationStage stage) =>
        Items.Where(item => item.First <= stage && stage <= item.Last).Sum(item => item.Bytes);

    /// <summary>The plan as a table: a line per buffer, a line per stage, the peak.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (MemoryItem item in Items)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {MiB(item.Bytes),10:F1} MiB  {item.Name} ({Span(item)})");
        foreach (SegmentationStage stage in Enum.GetValues<SegmentationStage>())
            text.AppendLine(CultureInfo.InvariantCulture, $"  {MiB(BytesDuring(stage)),10:F1} MiB  during {Lower(stage)}");
        text.Append(CultureInfo.InvariantCulture, $"  {MiB(PeakBytes),10:F1} MiB  at most");
        return text.ToString();
    }

    private static double MiB(long bytes) => bytes / 1048576.0;

    private static string Lower(SegmentationStage stage) => stage.ToString().ToLowerInvariant();

    private static string Span(MemoryItem item) => item.First == item.Last ? Lower(item.First) : $"{Lower(item.First)} to {Lower(item.Last)}";
}
