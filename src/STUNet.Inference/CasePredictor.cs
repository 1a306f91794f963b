using System.Collections.Immutable;
using STUNet.Core;
using STUNet.Imaging;
using STUNet.Imaging.Preprocessing;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>From a preprocessed volume to a label map on the image's grid. One volume at a time.</summary>
internal sealed class CasePredictor(
    ModelManifest manifest, SegmenterOptions options, Device device, WorkerPool workers, IReadOnlyList<WindowPredictor> folds)
{
    private readonly InferenceRules _rules = InferenceRules.Of(manifest, options);
    private readonly ImmutableArray<FlipAxes> _passes = InferenceRules.Of(manifest, options).Passes.Over(options.Mirroring ? manifest.MirrorAxes : []);

    private int Classes => manifest.Architecture.Classes;

    /// <summary>Predicts and labels a volume.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="probabilities">Gathers its probabilities; null for none.</param>
    /// <param name="accumulators">Lends the memory that windows are added up in.</param>
    /// <param name="clock">Counts the time of the steps.</param>
    /// <param name="report">Told stage, pieces done and pieces in all.</param>
    /// <param name="cancellation">Stops between two passes.</param>
    public LabelVolume Run(
        PreprocessedCase volume, CaseProbabilities? probabilities, AccumulatorMemory accumulators, StepClock clock, Action<SegmentationStage, int, int>? report, CancellationToken cancellation)
    {
        LabelVolume labels = new(volume.Geometry.Image, (uint)manifest.LargestLabel);
        if (options.Mode == SegmentationMode.Normal)
            ResampleMeans(volume, labels, probabilities, accumulators, clock, report, cancellation);
        else
            ResampleLabels(volume, labels, accumulators, clock, report, cancellation);
        return labels;
    }

    /// <summary>Streams the slices of sums of a volume.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="consumer">Receives them.</param>
    /// <param name="accumulators">Lends the memory that windows are added up in.</param>
    /// <param name="clock">Counts the time of the steps.</param>
    /// <param name="report">Told the stage, pieces done and pieces in all.</param>
    /// <param name="cancellation">Stops between two passes.</param>
    internal void Stream(
        PreprocessedCase volume,
        ISliceConsumer consumer,
        AccumulatorMemory accumulators,
        StepClock clock,
        Action<SegmentationStage, int, int>? report,
        CancellationToken cancellation) =>
        Stream(volume, sums => new HostSlices(device, volume.Grid, sums, consumer), accumulators, clock, report, cancellation);

    /// <summary>Predicts a volume.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="finishing">Makes what is done with slices of sums, given the sums.</param>
    /// <param name="accumulators">Lends the memory that windows are added up in.</param>
    /// <param name="clock">Counts the time of the steps.</param>
    /// <param name="report">Told the stage, pieces done and pieces in all.</param>
    /// <param name="cancellation">Stops between two passes.</param>
    internal void Stream(
        PreprocessedCase volume,
        Func<WindowSums, IFinishedSlices> finishing,
        AccumulatorMemory accumulators,
        StepClock clock,
        Action<SegmentationStage, int, int>? report,
        CancellationToken cancellation)
    {
        // Around the prediction, so that it is released after it: queued passes read the volume until the prediction has waited for them.
        using (DeviceMemory? uploaded = device is CpuDevice ? null : Upload(volume.Voxels))
        {
            WindowSums sums = _rules.SumsOf(device, accumulators, workers, volume.Grid, Classes, folds.Count);
            using StreamingPrediction prediction = new(device, folds, volume.Grid, _passes, sums);
            using IFinishedSlices finished = finishing(sums);
            VolumeBinding source = new(uploaded ?? volume.Voxels, 0, manifest.Channels.Length, volume.Grid.Padded);
            prediction.Run(source, finished, clock, done => report?.Invoke(SegmentationStage.Network, done, prediction.PassCount), cancellation);
        }

        clock.Lap(SegmentationStep.Accumulator);
    }

    private void ResampleMeans(
        PreprocessedCase volume,
        LabelVolume labels,
        CaseProbabilities? probabilities,
        AccumulatorMemory accumulators,
        StepClock clock,
        Action<SegmentationStage, int, int>? report,
        CancellationToken cancellation)
    {
        CaseGeometry geometry = volume.Geometry;
        LabelTarget target = new(labels, geometry.Box.Start, manifest.TransposeForward);
        Label(volume, geometry.ExportSampling(manifest.Export), target, probabilities, accumulators, clock, report, cancellation);
    }

    /// <summary>Labels the voxels of a grid that samples the network's volume: on the device where it can, or else from slices of sums on the host.</summary>
    private void Label(
        PreprocessedCase volume,
        AxisSampling[] sampling,
        LabelTarget target,
        CaseProbabilities? probabilities,
        AccumulatorMemory accumulators,
        StepClock clock,
        Action<SegmentationStage, int, int>? report,
        CancellationToken cancellation)
    {
        if (_rules.LabelsOnDevice(manifest, options, device, folds.Count))
        {
            Stream(
                volume, sums => new DeviceLabels(device, workers, volume.Grid, sums.Rings[0], Classes, sampling, target), accumulators, clock, report, cancellation);
            return;
        }

        IRowConsumer labels = _rules.LabelRowsOf(manifest, target);
        if (probabilities is null)
            StreamRows(labels);
        else
            probabilities.Gather(labels, StreamRows);

        void StreamRows(IRowConsumer rows)
        {
            using SliceInterpolator interpolator = new(volume.Grid.Volume, sampling, Classes, rows, workers);
            Stream(volume, interpolator, accumulators, clock, report, cancellation);
        }
    }

    private void ResampleLabels(
        PreprocessedCase volume,
        LabelVolume labels,
        AccumulatorMemory accumulators,
        StepClock clock,
        Action<SegmentationStage, int, int>? report,
        CancellationToken cancellation)
    {
        CaseGeometry geometry = volume.Geometry;
        LabelVolume network = NetworkLabels(volume, accumulators, clock, report, cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (labels.BytesPerVoxel == 1)
            Export<byte>(network, geometry, labels);
        else if (labels.BytesPerVoxel == 2)
            Export<ushort>(network, geometry, labels);
        else
            Export<uint>(network, geometry, labels);
        clock.Lap(SegmentationStep.Export);
    }

    /// <summary>The most probable class of every voxel of the network's volume, network order.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="accumulators">Lends the memory that windows are added up in.</param>
    /// <param name="clock">Counts the time of the steps.</param>
    /// <param name="report">Told the stage, pieces done and pieces in all.</param>
    /// <param name="cancellation">Stops between two passes.</param>
    internal LabelVolume NetworkLabels(
        PreprocessedCase volume, AccumulatorMemory accumulators, StepClock clock, Action<SegmentationStage, int, int>? report, CancellationToken cancellation)
    {
        Int3 size = volume.Grid.Volume;
        LabelVolume network = new(new VolumeGeometry(size, volume.Geometry.Target), (uint)manifest.LargestLabel);
        AxisSampling[] unchanged = [.. Enumerable.Range(0, 3).Select(axis => AxisSampling.Nearest(size[axis], size[axis]))];
        Label(volume, unchanged, new LabelTarget(network, default, [0, 1, 2]), probabilities: null, accumulators, clock, report, cancellation);
        return network;
    }

    private void Export<T>(LabelVolume network, CaseGeometry geometry, LabelVolume labels)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        AxisPermutation backward = geometry.Forward.Inverse;
        T[] source = network.As<T>().ToArray();
        T[] transposed = new T[source.Length];
        backward.Apply<T>(source, network.Size, transposed, workers);
        T[] resampled = new T[geometry.Box.Size.Product];
        bool nearest = options.Mode == SegmentationMode.Fastest;
        LabelResampler.Resample<T>(
            transposed,
            backward.Apply(network.Size),
            resampled,
            geometry.Box.Size,
            nearest ? InterpolationOrder.Nearest : InterpolationOrder.Linear,
            nearest ? null : geometry.ExportSeparateAxis,
            workers);
        geometry.Box.CopyTo<T>(resampled, labels.As<T>(), labels.Size);
    }

    private DeviceMemory Upload(CpuMemory voxels)
    {
        DeviceMemory memory = device.Allocate(voxels.ByteLength);
        try
        {
            device.Upload(voxels, memory);
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }
}
