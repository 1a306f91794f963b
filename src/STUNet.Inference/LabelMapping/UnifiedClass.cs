using System.Collections.Immutable;

namespace STUNet.Inference;

/// <summary>One class that a model and a data set have in common.</summary>
/// <param name="Name">Its name in the data set.</param>
/// <param name="Predicted">Labels of the model that together are this class.</param>
/// <param name="Annotated">Labels of the data set that together are this class.</param>
public sealed record UnifiedClass(string Name, ImmutableArray<uint> Predicted, ImmutableArray<uint> Annotated);
