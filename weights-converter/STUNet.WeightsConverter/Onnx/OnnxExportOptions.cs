namespace STUNet.WeightsConverter;

/// <summary>What an ONNX file is given beside the network.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Texts for <c>metadata_props</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The most bytes of weights that the file holds itself; with more they go to a second file beside it. A message of protocol buffers ends at
    /// 2 GiB, and the default leaves a mebibyte of it to the graph.
    /// </summary>
    public long MaxInlineBytes { get; init; } = int.MaxValue - (1 << 20);
}
