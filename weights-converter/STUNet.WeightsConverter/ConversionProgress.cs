namespace STUNet.WeightsConverter;

/// <summary>How far a conversion is.</summary>
/// <param name="Step">What is being done, with the file.</param>
/// <param name="DoneBytes">Bytes done of all work.</param>
/// <param name="TotalBytes">Bytes of all work: each source is read once for its hash, each tensor once for its values.</param>
public readonly record struct ConversionProgress(string Step, long DoneBytes, long TotalBytes);
