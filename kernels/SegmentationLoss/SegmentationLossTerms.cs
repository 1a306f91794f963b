using STUNet.Core;

namespace STUNet.Kernels;

/// <summary>The loss and the coefficients of its gradient, in double, from the sums of a batch.</summary>
internal sealed unsafe class SegmentationLossTerms(SegmentationLoss loss, TensorView sums)
{
    private readonly Shape _shape = sums.Desc.Shape;

    /// <summary>Terms in the mean of Dice.</summary>
    private double DiceTerms => (double)(_shape.C - loss.FirstClass) * (loss.BatchDice ? 1 : _shape.N);

    /// <summary>The mean cross entropy.</summary>
    public double Entropy()
    {
        double entropy = 0;
        for (int n = 0; n < _shape.N; n++)
        {
            for (int k = 0; k < _shape.C; k++)
                entropy += At(n, k, SegmentationLossSumsOp.Entropy);
        }

        return entropy / EntropyCount();
    }

    /// <summary>The negative mean Dice.</summary>
    public double Dice()
    {
        double sum = 0;
        for (int n = 0; n < (loss.BatchDice ? 1 : _shape.N); n++)
        {
            for (int k = loss.FirstClass; k < _shape.C; k++)
                sum += Numerator(n, k) / Denominator(n, k);
        }

        return -sum / DiceTerms;
    }

    /// <summary>What the summed cross entropy is divided by.</summary>
    public double EntropyCount()
    {
        double annotated = 0;
        for (int n = 0; n < _shape.N; n++)
            annotated += At(n, 0, SegmentationLossSumsOp.Annotated);
        return loss.EntropyCount(annotated, _shape.C);
    }

    /// <summary>dDice/dp of a class where it is not present, and what is added to it where it is.</summary>
    public (double Absent, double Present) DiceGradient(int n, int k)
    {
        if (k < loss.FirstClass)
            return default;
        double denominator = Denominator(n, k);
        return (Numerator(n, k) / (denominator * denominator * DiceTerms), -2 / (denominator * DiceTerms));
    }

    private double Numerator(int n, int k) => (2 * OfBatch(n, k, SegmentationLossSumsOp.Overlap)) + SegmentationLoss.Smooth;

    private double Denominator(int n, int k) =>
        loss.Denominator(OfBatch(n, k, SegmentationLossSumsOp.Predicted) + OfBatch(n, k, SegmentationLossSumsOp.Present));

    // Of one sample, or of all with batch Dice.
    private double OfBatch(int n, int k, int sum)
    {
        if (!loss.BatchDice)
            return At(n, k, sum);
        double total = 0;
        for (int sample = 0; sample < _shape.N; sample++)
            total += At(sample, k, sum);
        return total;
    }

    private double At(int n, int k, int sum) => sums.Floats[((((long)n * SegmentationLossSumsOp.Sums) + sum) * sums.Desc.ChannelPitch) + k];
}
