using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>
/// What the versions of nnU-Net do differently on the way from an image to a label map. Everything else is common, and asks this object: nothing else in
/// this library branches on the version. Immutable.
/// </summary>
internal abstract class InferenceRules
{
    /// <summary>When intensities are normalised.</summary>
    public abstract NormalizationTime NormalizationTime { get; }

    /// <summary>What of a window is added up.</summary>
    public abstract WindowValues Values { get; }

    /// <summary>The order of test-time mirrorings.</summary>
    public abstract MirrorPasses Passes { get; }

    /// <summary>The rules of a model.</summary>
    /// <param name="manifest">The model.</param>
    /// <param name="options">How it predicts; null for the defaults.</param>
    public static InferenceRules Of(ModelManifest manifest, SegmenterOptions? options = null) => manifest.Nnunet switch
    {
        NnunetVersion.V1 => new Version1Rules(options?.Mode ?? SegmentationMode.Normal),
        _ => options?.HalfPrecisionSums == true ? new Version2HalfRules() : new Version2Rules(),
    };

    /// <summary>Refuses options that the version does not have.</summary>
    /// <param name="options">The options.</param>
    /// <param name="device">The device.</param>
    /// <exception cref="InvalidRequestException">It has not; the message names the option.</exception>
    public abstract void Check(SegmenterOptions options, Device device);

    /// <summary>The part of an image that is segmented.</summary>
    /// <param name="region">Where it is not zero.</param>
    /// <exception cref="InvalidRequestException">Nowhere, and the version refuses that.</exception>
    public abstract CropBox Box(NonzeroRegion region);

    /// <summary>The normalisation that a manifest names.</summary>
    /// <param name="name">The name.</param>
    public abstract NormalizationScheme Scheme(string name);

    /// <summary>Marks of what lies outside of the nonzero region, on the grid that is normalised.</summary>
    /// <param name="marks">Those of the crop box, network order: negative outside.</param>
    /// <param name="grid">How the voxels change.</param>
    /// <param name="workers">Threads.</param>
    public abstract sbyte[] MarksForNormalising(sbyte[] marks, GridChange grid, WorkerPool workers);

    /// <summary>The weight of every voxel of a window.</summary>
    /// <param name="grid">The windows.</param>
    public abstract float[] Importance(WindowGrid grid);

    /// <summary>The number of accumulators.</summary>
    /// <param name="folds">Number of folds.</param>
    public abstract int Rings(int folds);

    /// <summary>Bytes that <see cref="SumsOf"/> takes beside the accumulators.</summary>
    /// <param name="patch">Size of a window.</param>
    /// <param name="classes">Number of classes.</param>
    public virtual long ScratchBytes(Int3 patch, int classes) => 0;

    /// <summary>What windows are added up in.</summary>
    /// <param name="device">The device.</param>
    /// <param name="memory">Lends memory of the device.</param>
    /// <param name="workers">Host threads.</param>
    /// <param name="grid">The windows.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="folds">Number of folds.</param>
    public abstract WindowSums SumsOf(Device device, AccumulatorMemory memory, WorkerPool workers, WindowGrid grid, int classes, int folds);

    /// <summary>The axis (image order) that is resampled on its own on the way back; null for none.</summary>
    /// <param name="image">The image's spacing, image order.</param>
    /// <param name="target">The network's spacing, network order.</param>
    /// <param name="forward">The transpose from image order to network order.</param>
    /// <param name="force">What the plans force; null lets the spacings decide.</param>
    public abstract int? ExportSeparateAxis(Spacing image, Spacing target, AxisPermutation forward, bool? force);

    /// <summary>
    /// Whether voxels are labelled on the device (<see cref="DeviceLabels"/>): elsewhere than on the CPU, where the label is the most probable class, nothing else is wanted and there is one accumulator, in
    /// single precision.
    /// </summary>
    /// <param name="manifest">The model.</param>
    /// <param name="options">How it predicts.</param>
    /// <param name="device">The device.</param>
    /// <param name="folds">Number of folds.</param>
    public bool LabelsOnDevice(ModelManifest manifest, SegmenterOptions options, Device device, int folds) =>
        device is not CpuDevice && manifest.Regions.IsEmpty && !options.Probabilities && Rings(folds) == 1;

    /// <summary>The probabilities of a voxel.</summary>
    /// <param name="values">Its values on the export grid, as many as there are classes: of what is added up (<see cref="Values"/>).</param>
    /// <param name="areRegions">Whether the classes are regions.</param>
    /// <param name="target">Receives as many probabilities.</param>
    public abstract void Probabilities(ReadOnlySpan<float> values, bool areRegions, Span<double> target);

    /// <summary>How probabilities of a case are stored.</summary>
    /// <param name="geometry">The case.</param>
    /// <param name="areRegions">Whether the classes are regions.</param>
    public abstract ProbabilityLayout ProbabilityLayoutOf(CaseGeometry geometry, bool areRegions);

    /// <summary>Writes what the version's tools want to know of a case whose probabilities they read.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="geometry">The case.</param>
    public abstract void WriteProperties(string path, CaseGeometry geometry);

    /// <summary>What labels voxels of the export grid, on the host.</summary>
    /// <param name="manifest">The model.</param>
    /// <param name="target">Where the labels go.</param>
    public IRowConsumer LabelRowsOf(ModelManifest manifest, LabelTarget target)
    {
        int pitch = AccumulatorRing.PitchOf(manifest.Architecture.Classes);
        return manifest.Regions.IsEmpty
            ? Rows(new MostProbableClass(pitch))
            : Rows(new LastRegion([.. manifest.Regions.Select(region => (uint)region.Label)]));

        IRowConsumer Rows<T>(T choice)
            where T : struct, ILabelChoice => Choosing(choice, pitch, target);
    }

    /// <summary>Rows that are labelled by a choice, as it is or with values rounded before.</summary>
    /// <param name="choice">The choice.</param>
    /// <param name="pitch">Floats from voxel to voxel.</param>
    /// <param name="target">Where the labels go.</param>
    protected virtual IRowConsumer Choosing<T>(T choice, int pitch, LabelTarget target)
        where T : struct, ILabelChoice => new LabelRows<T>(choice, pitch, target);
}
