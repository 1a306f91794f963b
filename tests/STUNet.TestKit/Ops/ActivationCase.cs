using STUNet.Core;
using STUNet.Kernels;

namespace STUNet.TestKit.Ops;

/// <summary>
/// A case whose activations have 16 bits, or those of a head the bits of TF32, twice: as a kernel gets it, and in float32 with the very same values, for the reference. What then differs is float32 arithmetic and
/// one rounding of the result, where it has 16 bits.
/// </summary>
/// <param name="Case">Activations of the element type, everything else float32.</param>
/// <param name="Exact">All float32.</param>
public sealed record ActivationCase(OpCase Case, OpCase Exact)
{
    /// <summary>Rounds the activations of a case; null for an op that has none.</summary>
    /// <param name="case">The case, float32 throughout.</param>
    /// <param name="type">F16 or BF16, and for the head F32, which is TF32.</param>
    public static ActivationCase? Of(OpCase @case, DType type)
    {
        int[] activations = ActivationsOf(@case.Op);
        if (activations.Length == 0)
            return null;
        float[][] values = [.. @case.Inputs.Select((_, input) => @case.ValuesOf(input))];
        foreach (int input in activations)
            values[input] = [.. values[input].Select(value => Round(value, type))];
        TensorDesc[] inputs = [.. @case.Inputs.Select((desc, input) => activations.Contains(input) ? desc with { DType = type } : desc)];
        if (@case.Op is HeadAccumulateOp)
        {
            // A kernel may round weights to the element type, as they are published.
            values[1] = [.. values[1].Select(value => Round(value, type))];
            inputs[1] = inputs[1] with { Layout = Layout.NCDHW };
        }

        OpCase exact = @case with { Values = input => values[input] };
        return new ActivationCase(exact with { Inputs = inputs }, exact);
    }

    /// <summary>
    /// Whether a result is as near to the reference's as it must be: <see cref="OpCase.Tolerance"/> for the float32 arithmetic, which sees the same values, and half a unit
    /// in the last place of what it gives for an output of 16 bits. Copies differ in no bit.
    /// </summary>
    /// <param name="expected">The reference's result.</param>
    /// <param name="actual">The kernel's.</param>
    /// <returns>Null where it is, or the first element that is not.</returns>
    public string? Check(float[] expected, float[] actual)
    {
        DType type = Case.Op.HasSideEffect ? DType.F32 : Case.Op.InferOutput([.. Case.Inputs]).DType;
        double tolerance = Case.Op is UpsampleNearestOp or ConcatChannelsOp or SliceChannelsOp ? 0 : Case.Tolerance;
        for (int i = 0; i < expected.Length; i++)
        {
            double limit = tolerance == 0 ? 0 : tolerance + ElementRounding.HalfUnit(Math.Abs(expected[i]) + tolerance, type);
            double error = Math.Abs((double)expected[i] - actual[i]);
            if (!(error <= limit))
                return $"element {i}: {actual[i]:R}, expected {expected[i]:R}, error {error:E3} > {limit:E3}";
        }

        return expected.Length == actual.Length ? null : $"{actual.Length} elements, expected {expected.Length}";
    }

    private static float Round(float value, DType type) => type == DType.F32 ? ElementRounding.RoundToTF32(value) : ElementRounding.Round(value, type);

    // Convolutions and their gradients have a class of their own, TensorConvolution.
    private static int[] ActivationsOf(Op op) => op switch
    {
        AddOp or ConcatChannelsOp or LeakyReluGradientOp => [0, 1],
        LeakyReluOp or UpsampleNearestOp or UpsampleNearestGradientOp or SliceChannelsOp or InstanceNormStatisticsOp or HeadAccumulateOp or SegmentationLossSumsOp or SegmentationLossGradientOp => [0],
        InstanceNormApplyOp { HasResidual: false } => [0],
        InstanceNormApplyOp or InstanceNormGradientOp => [0, 4],
        InstanceNormGradientSumsOp => [0, 2],
        _ => [],
    };
}
