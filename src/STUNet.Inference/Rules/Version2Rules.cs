using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;
using STUNet.WeightsConverter;

namespace STUNet.Inference;

/// <summary>
/// nnU-Net 2: normalise, then resample; average logits, weighted even where there is one window; resample logits, of which the largest is the label, or
/// every one above 0 a region.
/// </summary>
internal class Version2Rules : InferenceRules
{
    /// <inheritdoc/>
    public override NormalizationTime NormalizationTime => NormalizationTime.BeforeResampling;

    /// <inheritdoc/>
    public override WindowValues Values => WindowValues.Logits;

    /// <inheritdoc/>
    public override MirrorPasses Passes => MirrorPasses.Version2;

    /// <inheritdoc/>
    public override void Check(SegmenterOptions options, Device device)
    {
        if (options.Mode != SegmentationMode.Normal)
            throw new InvalidRequestException($"The model follows nnU-Net v2, which has no mode {options.Mode.ToString().ToLowerInvariant()}; use mode normal.");
    }

    /// <inheritdoc/>
    public override CropBox Box(NonzeroRegion region) => region.BoxOrWhole;

    /// <inheritdoc/>
    public override NormalizationScheme Scheme(string name) => NormalizationNames.OfVersion2(name);

    /// <inheritdoc/>
    public override sbyte[] MarksForNormalising(sbyte[] marks, GridChange grid, WorkerPool workers) => marks;

    /// <inheritdoc/>
    public override float[] Importance(WindowGrid grid) => GaussianMap.Create(grid.Patch);

    /// <inheritdoc/>
    public override int Rings(int folds) => 1;

    /// <inheritdoc/>
    public override WindowSums SumsOf(Device device, AccumulatorMemory memory, WorkerPool workers, WindowGrid grid, int classes, int folds) =>
        new(device, memory, grid, classes, Importance(grid));

    /// <inheritdoc/>
    public override int? ExportSeparateAxis(Spacing image, Spacing target, AxisPermutation forward, bool? force) =>
        // The network's spacing is asked first. The reference then takes the image's, in image order, for one in network order.
        ResamplingGeometry.SeparateAxis(target, image, force) is { } axis ? forward[axis] : null;

    /// <inheritdoc/>
    public override void Probabilities(ReadOnlySpan<float> values, bool areRegions, Span<double> target)
    {
        if (areRegions)
            VoxelProbabilities.Sigmoid(values, target);
        else
            VoxelProbabilities.Softmax(values, target);
    }

    /// <inheritdoc/>
    public override ProbabilityLayout ProbabilityLayoutOf(CaseGeometry geometry, bool areRegions) =>
        new("probabilities", DType.F32, geometry.Image.Size, geometry.Box.Start, areRegions ? 0 : 1);

    /// <inheritdoc/>
    public override void WriteProperties(string path, CaseGeometry geometry) => CasePropertiesPickle.WriteV2(path, ItkGeometry.PropertiesOf(geometry));
}
