using STUNet.Model;

namespace STUNet.WeightsConverter;

/// <summary>What to convert, and into what.</summary>
/// <param name="Inputs">One checkpoint per fold; <see cref="CheckpointLocator"/> finds them.</param>
/// <param name="OutputFolder">The model folder; made if missing.</param>
/// <param name="ElementType">F32, F16 or BF16; values are rounded to nearest even.</param>
/// <param name="Options">What the checkpoints do not say.</param>
public sealed record ConversionRequest(
    IReadOnlyList<CheckpointInput> Inputs, string OutputFolder, ElementType ElementType = ElementType.F32, ModelOptions? Options = null);
