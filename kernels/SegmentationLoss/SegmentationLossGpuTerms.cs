using System.Runtime.CompilerServices;
using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The fractions a <see cref="SegmentationLoss"/> and its gradient are made of, from the sums of a batch [n, sum, class].</summary>
internal struct SegmentationLossGpuTerms
{
    public GpuTensor Sums;
    public int Samples;
    public int Classes;
    public int FirstClass;

    /// <summary>Samples whose Dice is a term of its own: 1 with batch Dice.</summary>
    public int DiceSamples;

    /// <summary>Added above.</summary>
    public float Smooth;

    /// <summary>Added below: P + G are not negative, so that the limit of <see cref="DiceForm.Version2"/> is never met.</summary>
    public float SmoothBelow;

    /// <summary>What an annotated voxel adds to the divisor of the cross entropy, and its smallest value.</summary>
    public float EntropyPerVoxel;
    public float EntropyLimit;

    /// <summary>Terms in the mean of Dice.</summary>
    public readonly float DiceTerms => (Classes - FirstClass) * DiceSamples;

    /// <summary>The terms of a loss.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="sums">Its sums.</param>
    public static SegmentationLossGpuTerms From(SegmentationLoss loss, TensorView sums)
    {
        Shape shape = sums.Desc.Shape;
        return new SegmentationLossGpuTerms
        {
            Sums = GpuTensor.From(sums),
            Samples = shape.N,
            Classes = shape.C,
            FirstClass = loss.FirstClass,
            DiceSamples = loss.BatchDice ? 1 : shape.N,
            Smooth = (float)SegmentationLoss.Smooth,
            SmoothBelow = (float)loss.Denominator(0),
            EntropyPerVoxel = (float)loss.EntropyCount(1, shape.C),
            EntropyLimit = (float)loss.EntropyCount(0, shape.C),
        };
    }

    /// <summary>A sum of a sample, or with batch Dice of all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Of(int sample, int label, int sum)
    {
        if (DiceSamples == Samples)
            return Sums.At((sample * SegmentationLossSumsOp.Sums) + sum, label);
        float total = 0;
        for (int n = 0; n < Samples; n++)
            total += Sums.At((n * SegmentationLossSumsOp.Sums) + sum, label);
        return total;
    }

    /// <summary>2 I + s.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Numerator(int sample, int label) => (2 * Of(sample, label, SegmentationLossSumsOp.Overlap)) + Smooth;

    /// <summary>P + G + s, as the form of the loss has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Denominator(int sample, int label) =>
        Of(sample, label, SegmentationLossSumsOp.Predicted) + Of(sample, label, SegmentationLossSumsOp.Present) + SmoothBelow;

    /// <summary>What the summed cross entropy is divided by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float EntropyCount()
    {
        float annotated = 0;
        for (int n = 0; n < Samples; n++)
            annotated += Sums.At((n * SegmentationLossSumsOp.Sums) + SegmentationLossSumsOp.Annotated, 0);
        float count = annotated * EntropyPerVoxel;
        return count > EntropyLimit ? count : EntropyLimit;
    }
}
