namespace STUNet.Imaging.Preprocessing;

/// <summary>
/// Resizes one axis of a bundle of <see cref="Lanes"/> parallel lines in double. Sample i of lane l lies at <c>i * Lanes + l</c>, so that
/// the recursions along the axis run over all lanes at once. Lanes never mix: unused ones may hold anything.
/// </summary>
internal abstract class AxisFilter(int inputSize, int outputSize, int padding)
{
    /// <summary>Lines that are worked on together; 32 keep a line of 1000 samples inside a second-level cache.</summary>
    public const int Lanes = 32;

    public int InputSize { get; } = inputSize;

    public int OutputSize { get; } = outputSize;

    /// <summary>Rows of scratch on each side of the samples, filled by <see cref="Apply"/>.</summary>
    public int Padding { get; } = padding;

    /// <summary>Doubles of the bundle that <see cref="Apply"/> reads.</summary>
    public int SourceLength => (InputSize + 2 * Padding) * Lanes;

    /// <summary>Doubles of the bundle that <see cref="Apply"/> writes.</summary>
    public int ResultLength => OutputSize * Lanes;

    public static AxisFilter Create(InterpolationOrder order, int inputSize, int outputSize) => order == InterpolationOrder.Cubic
        ? new CubicAxisFilter(inputSize, outputSize)
        : new SamplingAxisFilter(AxisSampling.Create(order, inputSize, outputSize));

    /// <summary>Resizes the bundle.</summary>
    /// <param name="lines">The samples, from row <see cref="Padding"/> on; overwritten.</param>
    /// <param name="result">Receives the resized samples.</param>
    public abstract void Apply(Span<double> lines, Span<double> result);
}
