using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>
/// A convolution, or what makes up its gradient, whose operands have the bits of mantissa that a precision multiplies, twice: as a kernel gets it, and in float32 with the very same
/// values, for the reference. What then differs is the order of the sum, and the rounding of the result where it has 16 bits.
/// </summary>
/// <param name="Case">Sources and gradients of the element type; weights float32, with values of that type.</param>
/// <param name="Exact">All float32.</param>
public sealed record TensorConvolution(OpCase Case, OpCase Exact)
{
    /// <summary>Whether a kernel is a tile of the convolution, or of a gradient, that multiplies a precision.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="precision">What is multiplied.</param>
    public static bool IsTile(IKernel kernel, Precision precision) => kernel.TileFamily.EndsWith(precision == Precision.F32 ? "TileF32" : $"Tensor{precision}", StringComparison.Ordinal);

    /// <summary>Rounds a case's operands.</summary>
    /// <param name="case">The case, float32 throughout.</param>
    /// <param name="precision">What is multiplied.</param>
    public static TensorConvolution Of(OpCase @case, Precision precision)
    {
        // The inputs of the element type come first; the weight behind them, if any, is rounded too.
        int typed = @case.Op switch { Conv3dOp op => op.Sources, Conv3dWeightGradientOp op => op.Sources + 1, _ => 1 };
        int rounded = @case.Op is Conv3dOp or Conv3dDataGradientOp ? typed + 1 : typed;
        float[][] values = [.. @case.Inputs.Select((_, input) => @case.ValuesOf(input))];
        for (int input = 0; input < rounded; input++)
            values[input] = [.. values[input].Select(value => Round(value, precision))];
        if (@case.Op is Conv3dOp upsampled && upsampled.FirstSourceFactor != Int3.One)
            values[upsampled.WeightOperand] = [.. values[upsampled.WeightOperand].Select(Coarse)];
        OpCase exact = @case with { Values = input => values[input] };
        return new TensorConvolution(
            exact with { Inputs = [.. @case.Inputs.Select((desc, input) => input < typed ? desc with { DType = precision.Activations() } : desc)] }, exact);
    }

    /// <summary>
    /// Whether a result is as near to the reference's as it must be. Products are exact in float32: 11 bits times 11 for F16 and TF32, 8 times 8 for
    /// BF16; of F32 each is rounded together with the sum. So what <see cref="OpCase.Tolerance"/> says of float32 sums in any order holds; tensor cores add up to 16 products at once with one rounding, which
    /// are fewer roundings, though towards zero and so of up to one ulp: per product still less. An output of 16 bits is rounded once more, by half a unit in its last place: 2^-11
    /// of its magnitude for F16 (2^-25 where subnormal), 2^-8 for BF16. Statistics, which follow the output, are float32 made of unrounded sums.
    /// </summary>
    /// <param name="expected">The reference's result.</param>
    /// <param name="actual">The kernel's.</param>
    /// <returns>Null where it is, or the first element that is not.</returns>
    public string? Check(float[] expected, float[] actual)
    {
        TensorDesc output = Case.Op.InferOutput([.. Case.Inputs]);
        long outputs = output.Shape.Count;
        for (int i = 0; i < expected.Length; i++)
        {
            double rounding = i >= outputs ? 0 : ElementRounding.HalfUnit(Math.Abs(expected[i]), output.DType);
            // The rounding of a sum that itself errs may be that of the next binade.
            double limit = Case.Tolerance + (rounding * (1 + (2 * Case.Tolerance)));
            double error = Math.Abs((double)expected[i] - actual[i]);
            if (!(error <= limit))
                return $"element {i}: {actual[i]:R}, expected {expected[i]:R}, error {error:E3} > {limit:E3}";
        }

        return null;
    }

    // Kernels may add up the weights of taps that read one voxel, at most 27 of them, before they round: sums of up to 216 eighths are exact in the 8 bits of bfloat16.
    private static float Coarse(float weight) => MathF.Round(weight * 8) / 8;

    private static float Round(float value, Precision precision) =>
        precision == Precision.TF32 ? ElementRounding.RoundToTF32(value) : ElementRounding.Round(value, precision.Activations());
}
