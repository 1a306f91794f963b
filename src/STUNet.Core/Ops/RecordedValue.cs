namespace STUNet.Core;

/// <summary>A value of a recording as an op's gradient sees it: a name for it, no data.</summary>
/// <param name="Index">Identifies the value within one <see cref="IGradientRecorder"/>.</param>
/// <param name="Desc">What it is, without channel padding.</param>
public readonly record struct RecordedValue(int Index, TensorDesc Desc);
