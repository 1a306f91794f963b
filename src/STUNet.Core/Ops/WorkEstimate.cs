namespace STUNet.Core;

/// <summary>What an op has to do at least, by the direct algorithm: the roofline of every report.</summary>
/// <param name="Flops">Floating-point operations, a multiply-add counted as two.</param>
/// <param name="Bytes">Bytes read and written once each.</param>
public readonly record struct WorkEstimate(long Flops, long Bytes);
