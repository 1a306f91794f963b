namespace STUNet.WeightsConverter;

/// <summary>Reads a piece of a parameter: <see cref="Model.ITensorSource.Read"/> of a model file, or the seeded numbers of an untrained network.</summary>
/// <param name="name">Name of the parameter.</param>
/// <param name="start">Index of the first value in C order.</param>
/// <param name="values">To be filled whole.</param>
public delegate void ParameterPieces(string name, long start, Span<float> values);
