namespace STUNet.Inference;

/// <summary>A volume between preprocessing and network.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Volume">The preprocessed volume.</param>
/// <param name="Memory">The memory planned for it.</param>
/// <param name="Clock">Counts the time of its steps.</param>
/// <param name="Warnings">What the user should know.</param>
internal sealed record PreparedCase(
    string Name, PreprocessedCase Volume, SegmentationMemoryPlan Memory, StepClock Clock, IReadOnlyList<string> Warnings) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Volume.Dispose();
}
