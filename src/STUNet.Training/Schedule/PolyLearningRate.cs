namespace STUNet.Training;

/// <summary>The polynomial schedule of both nnU-Net versions: the rate falls from its initial value to 0 as (1 - epoch / epochs)^0.9.</summary>
/// <param name="Initial">The rate of epoch 0.</param>
/// <param name="Epochs">The number of epochs, at least 1.</param>
public sealed record PolyLearningRate(double Initial, int Epochs)
{
    private const double Power = 0.9;

    /// <summary>The rate while an epoch is trained.</summary>
    /// <param name="epoch">The epoch, 0 up to <see cref="Epochs"/>, where it is 0.</param>
    public double At(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(epoch, Epochs);
        return Initial * Math.Pow(1 - ((double)epoch / Epochs), Power);
    }

    /// <summary>The rate inside a v1 checkpoint written at the end of an epoch: v1 sets the next epoch's rate first.</summary>
    /// <param name="epoch">The epoch, 0 up to <see cref="Epochs"/> - 1.</param>
    public double SavedByV1(int epoch) => At(epoch + 1);
}
