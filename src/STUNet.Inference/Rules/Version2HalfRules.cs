using STUNet.Core;
using STUNet.Imaging.Preprocessing;

namespace STUNet.Inference;

/// <summary>
/// nnU-Net 2.2 with the rounding it does: weights of windows, sums of windows, means of folds and resampled logits are binary16. The weights' smallest values
/// are flattened, so that this is further from the exact result than <see cref="Version2Rules"/>; it is for comparisons.
/// </summary>
internal sealed class Version2HalfRules : Version2Rules
{
    /// <inheritdoc/>
    public override void Check(SegmenterOptions options, Device device)
    {
        base.Check(options, device);
        if (device is not CpuDevice)
            throw new InvalidRequestException("Half-precision sums are added up on the CPU only; choose the CPU, or leave them out.");
    }

    /// <inheritdoc/>
    public override float[] Importance(WindowGrid grid) => Array.ConvertAll(GaussianMap.CreateHalf(grid.Patch), weight => (float)weight);

    /// <inheritdoc/>
    public override int Rings(int folds) => folds;

    /// <inheritdoc/>
    public override long ScratchBytes(Int3 patch, int classes) => patch.Product * (AccumulatorRing.PitchOf(classes) + 1) * sizeof(float);

    /// <inheritdoc/>
    public override WindowSums SumsOf(Device device, AccumulatorMemory memory, WorkerPool workers, WindowGrid grid, int classes, int folds) =>
        new HalfSums(device, memory, workers, grid, classes, Importance(grid), folds);

    /// <inheritdoc/>
    public override void Probabilities(ReadOnlySpan<float> values, bool areRegions, Span<double> target)
    {
        Span<float> rounded = stackalloc float[values.Length];
        for (int k = 0; k < values.Length; k++)
            rounded[k] = (float)(Half)values[k];
        base.Probabilities(rounded, areRegions, target);
    }

    /// <inheritdoc/>
    protected override IRowConsumer Choosing<T>(T choice, int pitch, LabelTarget target) => new LabelRows<RoundedToHalf<T>>(new RoundedToHalf<T>(choice, pitch), pitch, target);
}
