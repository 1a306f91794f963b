using STUNet.Core;
using STUNet.Engine;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>Lists the large buffers of a segmentation before they exist.</summary>
/// <param name="manifest">The model.</param>
/// <param name="network">What one fold's plan takes; null where the predictors are not plans.</param>
/// <param name="folds">Number of folds.</param>
/// <param name="options">How it predicts.</param>
/// <param name="device">The device.</param>
/// <param name="workers">Host threads.</param>
internal sealed class MemoryEstimate(
    ModelManifest manifest, PlanReport? network, int folds, SegmenterOptions options, Device device, WorkerPool workers)
{
    private const SegmentationStage Begin = SegmentationStage.Reading;
    private const SegmentationStage End = SegmentationStage.Writing;

    // Runtime, code and small objects take about 40 MiB; the rest is room for what the collector has not yet given back.
    private const long ProgramBytes = 128L << 20;

    private readonly InferenceRules _rules = InferenceRules.Of(manifest, options);

    /// <summary>The buffers for a volume that is not cropped, which is the worst case.</summary>
    /// <param name="image">The volume's geometry.</param>
    /// <param name="overlapped">Whether other cases are read and written while the network works.</param>
    public SegmentationMemoryPlan For(VolumeGeometry image, bool overlapped)
    {
        CaseGeometry sizes = new(manifest, image, new CropBox(default, image.Size));
        WindowGrid grid = new(sizes.NetworkSize, manifest.PatchSize, options.StepSize);
        List<MemoryItem> items = [.. Resident(), .. OfImage(sizes, grid), .. OfNetwork(sizes, grid, overlapped)];
        return new SegmentationMemoryPlan(overlapped ? [.. items.Select(item => item with { First = Begin, Last = End }), .. Waiting(sizes, grid)] : items);
    }

    /// <summary>Bytes that are taken as long as the segmenter lives.</summary>
    public long ResidentBytes() => Resident().Sum(item => item.Bytes);

    private long LabelBytes(Int3 size) => size.Product * (manifest.LargestLabel < 1 << 8 ? 1 : manifest.LargestLabel < 1 << 16 ? 2 : 4);

    private IEnumerable<MemoryItem> Resident()
    {
        yield return new MemoryItem("program", ProgramBytes, Begin, End);
        if (network is null)
            yield break;
        yield return new MemoryItem($"weights of {folds} fold(s)", folds * network.ConstantBytes, Begin, End);
        yield return new MemoryItem($"activations of {folds} fold(s)", folds * (network.ArenaBytes + network.InputBytes), Begin, End);
    }

    private IEnumerable<MemoryItem> OfImage(CaseGeometry sizes, WindowGrid grid)
    {
        int channels = manifest.Channels.Length;
        yield return new MemoryItem($"image {sizes.Image.Size}", channels * sizes.Image.Size.Product * sizeof(float), Begin, End);
        // Managed: the runtime may keep it after it is no longer used.
        yield return new MemoryItem("masks", new CasePreprocessor(manifest, options.StepSize, workers).MaskBytes(sizes), SegmentationStage.Preprocessing, End);
        yield return new MemoryItem(
            "cropping and resampling", CasePreprocessor.ScratchBytes(sizes), SegmentationStage.Preprocessing, SegmentationStage.Preprocessing);
        yield return new MemoryItem(
            $"network volume {grid.Padded}", channels * grid.Padded.Product * sizeof(float), SegmentationStage.Preprocessing, SegmentationStage.Export);
    }

    private IEnumerable<MemoryItem> OfNetwork(CaseGeometry sizes, WindowGrid grid, bool mayKeep)
    {
        const SegmentationStage First = SegmentationStage.Network;
        const SegmentationStage Last = SegmentationStage.Export;
        int classes = manifest.Architecture.Classes;
        int rings = _rules.Rings(folds);
        long ring = AccumulatorRing.BytesOf(grid.Padded, manifest.PatchSize.D, classes);
        int pitch = AccumulatorRing.PitchOf(classes);
        // One of many cases may get the block of another.
        long accumulator = rings * (mayKeep ? AccumulatorMemory.LargestFor(ring) : ring);
        yield return new MemoryItem($"accumulator, {manifest.PatchSize.D} slices of {grid.Padded.H}x{grid.Padded.W} voxels and {pitch} channels", accumulator, First, Last);
        if (device is not CpuDevice)
            yield return new MemoryItem("network volume on the device", manifest.Channels.Length * grid.Padded.Product * sizeof(float), First, Last);
        foreach (MemoryItem item in _rules.LabelsOnDevice(manifest, options, device, folds) ? OfDeviceLabels(sizes) : OfHostSlices(sizes, grid))
            yield return item;

        // The map is made in binary64 and handed on in binary32.
        yield return new MemoryItem("importance map", manifest.PatchSize.Product * (sizeof(double) + sizeof(float)), First, Last);
        if (_rules.ScratchBytes(manifest.PatchSize, classes) is > 0 and long scratch)
            yield return new MemoryItem("window being rounded", scratch, First, Last);
        if (options.Mode != SegmentationMode.Normal)
            yield return new MemoryItem("label maps on both grids", LabelBytes(sizes.NetworkSize) * 3 + LabelBytes(sizes.Box.Size), First, Last);
        yield return new MemoryItem("label map", LabelBytes(sizes.Image.Size), First, End);
        if (!options.Probabilities)
            yield break;
        (long slice, long slabs) = CaseProbabilities.MemoryBytes(_rules.ProbabilityLayoutOf(sizes, !manifest.Regions.IsEmpty), classes, sizes);
        yield return new MemoryItem("probabilities of a slice", slice, First, Last);
        yield return new MemoryItem("probabilities being put in order", slabs, End, End);
    }

    private IEnumerable<MemoryItem> OfHostSlices(CaseGeometry sizes, WindowGrid grid)
    {
        int pitch = AccumulatorRing.PitchOf(manifest.Architecture.Classes);
        if (device is not CpuDevice)
        {
            yield return new MemoryItem(
                "slices on the host", 2L * _rules.Rings(folds) * grid.Padded.H * grid.Padded.W * pitch * sizeof(float), SegmentationStage.Network, SegmentationStage.Export);
        }

        yield return new MemoryItem(
            "rows being exported", SliceInterpolator.ScratchBytes(sizes.NetworkSize.W, pitch, workers.Count), SegmentationStage.Network, SegmentationStage.Export);
    }

    private IEnumerable<MemoryItem> OfDeviceLabels(CaseGeometry sizes)
    {
        Int3 export = options.Mode == SegmentationMode.Normal ? sizes.CroppedInNetworkOrder : sizes.NetworkSize;
        int bytes = (int)LabelBytes(Int3.One);
        yield return new MemoryItem("labels on the device", DeviceLabels.DeviceBytes(export, bytes), SegmentationStage.Network, SegmentationStage.Export);
        yield return new MemoryItem("labels on the host", DeviceLabels.MostPieceBytes(export, bytes), SegmentationStage.Network, SegmentationStage.Export);
    }

    private IEnumerable<MemoryItem> Waiting(CaseGeometry sizes, WindowGrid grid)
    {
        yield return new MemoryItem("network volume of the next case", manifest.Channels.Length * grid.Padded.Product * sizeof(float), Begin, End);
        // One waits to be written, one is being written, one waits for the caller, one is the caller's.
        yield return new MemoryItem("label maps of the last cases", 4 * LabelBytes(sizes.Image.Size), Begin, End);
    }
}
