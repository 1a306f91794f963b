namespace STUNet.Imaging.Preprocessing;

/// <summary>
/// Where the samples of a resized axis lie on the original one: half-pixel centres x = (o + 0.5) * in / out - 0.5, edge samples repeated outside.
/// Output o is <c>LowerWeight[o] * a[Lower[o]] + UpperWeight[o] * a[Upper[o]]</c>. Everything is double, in the order of operations of
/// SciPy's zoom in grid mode, so that ties fall to the same side.
/// </summary>
public sealed class AxisSampling
{
    private readonly int[] _lower;
    private readonly int[] _upper;
    private readonly double[] _lowerWeight;
    private readonly double[] _upperWeight;

    private AxisSampling(int inputSize, int outputSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputSize, 1);
        InputSize = inputSize;
        _lower = new int[outputSize];
        _upper = new int[outputSize];
        _lowerWeight = new double[outputSize];
        _upperWeight = new double[outputSize];
    }

    /// <summary>Samples on the original axis.</summary>
    public int InputSize { get; }

    /// <summary>Samples on the resized axis.</summary>
    public int OutputSize => _lower.Length;

    /// <summary>The lower source index of every output index.</summary>
    public ReadOnlySpan<int> Lower => _lower;

    /// <summary>The upper source index, equal to the lower one outside of the samples and for nearest neighbour.</summary>
    public ReadOnlySpan<int> Upper => _upper;

    /// <summary>The weight of the lower sample, in (0, 1].</summary>
    public ReadOnlySpan<double> LowerWeight => _lowerWeight;

    /// <summary>The weight of the upper sample, in [0, 1); 0 for nearest neighbour.</summary>
    public ReadOnlySpan<double> UpperWeight => _upperWeight;

    /// <summary>Linear interpolation (order 1).</summary>
    /// <param name="inputSize">Samples on the original axis, at least 1.</param>
    /// <param name="outputSize">Samples on the resized axis, at least 1.</param>
    public static AxisSampling Linear(int inputSize, int outputSize)
    {
        AxisSampling sampling = new(inputSize, outputSize);
        for (int o = 0; o < outputSize; o++)
        {
            // Outside of the samples SciPy keeps the position and repeats the edge: both taps are the edge sample, with the weights of the position.
            // Their sum rounds differently from one tap of weight 1, which decides label ties at the border.
            double x = Position(inputSize, outputSize, o);
            double floor = Math.Floor(x);
            double lowerWeight = 1 - (x - floor);
            sampling._lower[o] = Math.Clamp((int)floor, 0, inputSize - 1);
            sampling._upper[o] = Math.Clamp((int)floor + 1, 0, inputSize - 1);
            sampling._lowerWeight[o] = lowerWeight;

            // The reference takes the last weight as what is left to 1; x - floor differs from it in the last bit, which decides label ties.
            sampling._upperWeight[o] = 1 - lowerWeight;
        }

        return sampling;
    }

    /// <summary>Nearest neighbour (order 0): index floor(x + 0.5), so halving an axis takes the odd samples.</summary>
    /// <param name="inputSize">Samples on the original axis, at least 1.</param>
    /// <param name="outputSize">Samples on the resized axis, at least 1.</param>
    public static AxisSampling Nearest(int inputSize, int outputSize)
    {
        AxisSampling sampling = new(inputSize, outputSize);
        for (int o = 0; o < outputSize; o++)
        {
            int index = Math.Clamp((int)Math.Floor(Position(inputSize, outputSize, o) + 0.5), 0, inputSize - 1);
            sampling._lower[o] = index;
            sampling._upper[o] = index;
            sampling._lowerWeight[o] = 1;
        }

        return sampling;
    }

    /// <summary>Nearest or linear sampling.</summary>
    /// <param name="order">The order; cubic splines reach further than two samples and are refused.</param>
    /// <param name="inputSize">Samples on the original axis, at least 1.</param>
    /// <param name="outputSize">Samples on the resized axis, at least 1.</param>
    public static AxisSampling Create(InterpolationOrder order, int inputSize, int outputSize) => order switch
    {
        InterpolationOrder.Nearest => Nearest(inputSize, outputSize),
        InterpolationOrder.Linear => Linear(inputSize, outputSize),
        _ => throw new ArgumentOutOfRangeException(nameof(order)),
    };

    /// <summary>The unclamped position of an output sample on the original axis.</summary>
    internal static double Position(int inputSize, int outputSize, int index) => (index + 0.5) * ((double)inputSize / outputSize) - 0.5;
}
