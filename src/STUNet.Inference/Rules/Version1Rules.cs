using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;
using STUNet.WeightsConverter;

namespace STUNet.Inference;

/// <summary>
/// nnU-Net 1.7: resample, then normalise; average probabilities, a single window without weights; resample probabilities, or label maps in the fast modes.
/// </summary>
/// <param name="mode">How probabilities become labels.</param>
internal sealed class Version1Rules(SegmentationMode mode) : InferenceRules
{
    /// <inheritdoc/>
    public override NormalizationTime NormalizationTime => NormalizationTime.AfterResampling;

    /// <inheritdoc/>
    public override WindowValues Values => WindowValues.Probabilities;

    /// <inheritdoc/>
    public override MirrorPasses Passes => MirrorPasses.Version1;

    /// <inheritdoc/>
    public override void Check(SegmenterOptions options, Device device)
    {
        if (options.HalfPrecisionSums)
            throw new InvalidRequestException("The model follows nnU-Net v1, which adds up in single precision; half-precision sums are for models of v2.");
        if (options.Probabilities && mode != SegmentationMode.Normal)
            throw new InvalidRequestException($"Mode {mode.ToString().ToLowerInvariant()} resamples labels, so there are no probabilities to write; use mode normal, or leave the probabilities out.");
    }

    /// <inheritdoc/>
    public override CropBox Box(NonzeroRegion region) => region.RequireBox();

    /// <inheritdoc/>
    public override NormalizationScheme Scheme(string name) => NormalizationNames.OfVersion1(name);

    /// <inheritdoc/>
    public override sbyte[] MarksForNormalising(sbyte[] marks, GridChange grid, WorkerPool workers)
    {
        sbyte[] resampled = new sbyte[grid.NewSize.Product];
        LabelResampler.Resample<sbyte>(marks, grid.CroppedSize, resampled, grid.NewSize, InterpolationOrder.Linear, grid.SeparateAxis, workers);
        return resampled;
    }

    /// <inheritdoc/>
    public override float[] Importance(WindowGrid grid)
    {
        if (grid.Count > 1)
            return GaussianMap.Create(grid.Patch);
        float[] ones = new float[grid.Patch.Product];
        ones.AsSpan().Fill(1);
        return ones;
    }

    /// <inheritdoc/>
    public override int Rings(int folds) => mode == SegmentationMode.Fastest ? folds : 1;

    /// <inheritdoc/>
    public override WindowSums SumsOf(Device device, AccumulatorMemory memory, WorkerPool workers, WindowGrid grid, int classes, int folds) => Rings(folds) == 1
        ? new WindowSums(device, memory, grid, classes, Importance(grid))
        : new FoldSums(device, memory, workers, grid, classes, Importance(grid), folds, roundsEverySum: false);

    /// <inheritdoc/>
    public override int? ExportSeparateAxis(Spacing image, Spacing target, AxisPermutation forward, bool? force) =>
        // The reference compares the image's spacing in image order with the target in network order: it matters only when the target alone is anisotropic.
        ResamplingGeometry.SeparateAxis(image, target, force);

    /// <inheritdoc/>
    public override void Probabilities(ReadOnlySpan<float> values, bool areRegions, Span<double> target)
    {
        for (int k = 0; k < values.Length; k++)
            target[k] = values[k];
    }

    /// <inheritdoc/>
    public override ProbabilityLayout ProbabilityLayoutOf(CaseGeometry geometry, bool areRegions) => new("softmax", DType.F16, geometry.Box.Size, default, 0);

    /// <inheritdoc/>
    public override void WriteProperties(string path, CaseGeometry geometry) => CasePropertiesPickle.WriteV1(path, ItkGeometry.PropertiesOf(geometry));
}
