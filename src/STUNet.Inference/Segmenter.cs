using System.Runtime.CompilerServices;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Imaging;
using STUNet.Model;

namespace STUNet.Inference;

/// <summary>
/// Segments volumes with one model as the nnU-Net it was trained with does, v1 or v2: load once, use for any number of volumes. Thread-safe; the network itself works on one
/// volume at a time.
/// </summary>
public sealed class Segmenter : IDisposable
{
    private readonly ModelManifest _manifest;
    private readonly WorkerPool _workers;
    private readonly IReadOnlyList<WindowPredictor> _folds;
    private readonly CasePreprocessor _preprocessor;
    private readonly CasePredictor _predictor;
    private readonly MemoryEstimate _memory;
    private readonly IReadOnlyList<string> _warnings;
    private readonly LabelPostprocessing? _postprocessing;
    private readonly SemaphoreSlim _network = new(1);
    private readonly object _calls = new();
    private int _running;
    private volatile bool _disposed;

    /// <summary>Loads the model's weights onto a device.</summary>
    /// <param name="model">The model; must stay open as long as the segmenter is used.</param>
    /// <param name="device">The device; must outlive the segmenter.</param>
    /// <param name="options">How to predict; null for nnU-Net's defaults.</param>
    /// <exception cref="InvalidRequestException">An option is out of range, or the model needs what this version does not do.</exception>
    public Segmenter(SegmentationModel model, Device device, SegmenterOptions? options = null)
        : this(model.Manifest, device, options ?? new(), model.Parameters.Count, model.Warnings, Measure(model, device, options ?? new()), model.Postprocessing, () => Load(model, device, options ?? new()))
    {
    }

    /// <summary>For tests: with predictors that need not be networks.</summary>
    internal Segmenter(ModelManifest manifest, Device device, SegmenterOptions options, IReadOnlyList<WindowPredictor> folds)
        : this(manifest, device, options, folds.Count, [], null, null, () => folds)
    {
    }

    private Segmenter(
        ModelManifest manifest,
        Device device,
        SegmenterOptions options,
        int folds,
        IReadOnlyList<string> warnings,
        PlanReport? network,
        LabelPostprocessing? postprocessing,
        Func<IReadOnlyList<WindowPredictor>> load)
    {
        SegmenterRules.Check(manifest, options);
        InferenceRules.Of(manifest, options).Check(options, device);
        (_manifest, Device, Options, _warnings) = (manifest, device, options, warnings);
        _postprocessing = options.Postprocessing ? postprocessing : null;
        _workers = device is CpuDevice cpu ? cpu.Workers : new WorkerPool();
        try
        {
            _memory = new MemoryEstimate(manifest, network, folds, options, device, _workers);
            SegmenterRules.RequireWithin(options.MemoryLimitBytes, _memory.ResidentBytes(), "The model alone");
            _preprocessor = new CasePreprocessor(manifest, options.StepSize, _workers);
            if (InferenceRules.Of(manifest, options).LabelsOnDevice(manifest, options, device, folds))
                DeviceLabels.Compile(device, manifest.Architecture.Classes);
            _folds = load();
        }
        catch
        {
            if (device is not CpuDevice)
                _workers.Dispose();
            throw;
        }

        _predictor = new CasePredictor(manifest, options, device, _workers, _folds);
    }

    /// <summary>The device.</summary>
    public Device Device { get; }

    /// <summary>How it predicts.</summary>
    public SegmenterOptions Options { get; }

    /// <summary>The memory that a volume of this geometry needs at most; allocates nothing large.</summary>
    /// <param name="geometry">The volume's geometry.</param>
    /// <param name="overlapped">Whether the next case is read while the network works, as <see cref="SegmentAsync"/> does without a limit.</param>
    /// <exception cref="InvalidRequestException">The volume cannot be resampled to the model's spacing: it is too thin or too large.</exception>
    public SegmentationMemoryPlan Plan(VolumeGeometry geometry, bool overlapped = false) => _memory.For(geometry, overlapped);

    /// <summary>Segments one volume.</summary>
    /// <param name="channels">Its channels in the model's order, all of one size; not changed.</param>
    /// <param name="progress">Told how far it has come; may be null.</param>
    /// <param name="cancellation">Stops between two windows.</param>
    /// <exception cref="InvalidRequestException">The volume does not fit the model, or needs more memory than allowed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The segmenter was disposed of before the network's turn came.</exception>
    public SegmentationResult Segment(
        IReadOnlyList<Volume> channels, IProgress<SegmentationProgress>? progress = null, CancellationToken cancellation = default)
    {
        using PreparedCase prepared = Prepare("", channels, overlapped: false, new StepClock(), progress, cancellation);
        using AccumulatorMemory accumulators = new(Device);
        return Predict(prepared, probabilities: null, accumulators, progress, cancellation);
    }

    /// <summary>
    /// Segments many cases; reading and preprocessing the next and writing the last overlap the network. A case that fails gives a result with its
    /// error and does not stop the others. Results come in the order of the cases.
    /// </summary>
    /// <param name="cases">The cases; enumerated as they are needed, on another thread.</param>
    /// <param name="progress">Told how far each case has come, from several threads; may be null.</param>
    /// <param name="cancellation">Stops all.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<CaseResult> SegmentAsync(
        IEnumerable<SegmentationCase> cases,
        IProgress<SegmentationProgress>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        CaseStream stream = new(this, progress);
        IAsyncEnumerable<CaseResult> results = Options.MemoryLimitBytes is null ? stream.Overlapped(cases, cancellation) : stream.OneByOne(cases, cancellation);
        await foreach (CaseResult result in results.WithCancellation(cancellation).ConfigureAwait(false))
            yield return result;
    }

    /// <summary>Releases weights and plans; waits for what is at work. Calls that wait for the network, and later ones, are refused.</summary>
    public void Dispose()
    {
        lock (_calls)
        {
            if (_disposed)
                return;
            _disposed = true;
            while (_running > 0)
                Monitor.Wait(_calls);
        }

        foreach (WindowPredictor fold in _folds)
            fold.Dispose();
        if (Device is not CpuDevice)
            _workers.Dispose();
        _network.Dispose();
    }

    /// <summary>Checks and preprocesses a volume.</summary>
    internal PreparedCase Prepare(
        string name, IReadOnlyList<Volume> channels, bool overlapped, StepClock clock, IProgress<SegmentationProgress>? progress, CancellationToken cancellation) => Call(() =>
    {
        clock.Resume();
        List<string> warnings = [.. _warnings];
        ChannelCheck.Require(channels, _manifest.Channels.Length, warnings);
        SegmentationMemoryPlan memory = Plan(channels[0].Geometry, overlapped);
        SegmenterRules.RequireWithin(Options.MemoryLimitBytes, memory.PeakBytes, $"A volume of {channels[0].Size} voxels");
        progress?.Report(new SegmentationProgress(name, SegmentationStage.Preprocessing, 0, 1));
        PreprocessedCase volume = _preprocessor.Run(channels, clock, cancellation);
        progress?.Report(new SegmentationProgress(name, SegmentationStage.Preprocessing, 1, 1));
        return new PreparedCase(name, volume, memory, clock, warnings);
    });

    /// <summary>What gathers the probabilities of a prepared volume.</summary>
    /// <param name="path">The archive to write.</param>
    /// <param name="prepared">The volume.</param>
    /// <exception cref="InvalidRequestException">The options do not allow for probabilities, or the disk has too little room.</exception>
    internal CaseProbabilities OpenProbabilities(string path, PreparedCase prepared) => Options.Probabilities
        ? CaseProbabilities.Open(path, InferenceRules.Of(_manifest, Options), _manifest.Architecture.Classes, !_manifest.Regions.IsEmpty, prepared.Volume.Geometry)
        : throw new InvalidRequestException($"{path} is to hold probabilities, which this segmenter does not give; set {nameof(SegmenterOptions)}.{nameof(SegmenterOptions.Probabilities)}.");

    /// <summary>Writes probabilities that have been gathered.</summary>
    internal void WriteProbabilities(CaseProbabilities probabilities, CancellationToken cancellation) => Call(() =>
    {
        probabilities.Write(_workers, cancellation);
        return true;
    });

    /// <summary>Predicts a prepared volume.</summary>
    internal SegmentationResult Predict(
        PreparedCase prepared, CaseProbabilities? probabilities, AccumulatorMemory accumulators, IProgress<SegmentationProgress>? progress, CancellationToken cancellation) => Call(() =>
    {
        _network.Wait(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            prepared.Clock.Resume();
            LabelVolume labels = _predictor.Run(
                prepared.Volume,
                probabilities,
                accumulators,
                prepared.Clock,
                (stage, done, total) => progress?.Report(new SegmentationProgress(prepared.Name, stage, done, total)),
                cancellation);
            if (_postprocessing is not null)
            {
                _postprocessing.Apply(labels);
                prepared.Clock.Lap(SegmentationStep.Export);
            }

            return new SegmentationResult(labels, prepared.Clock.Times, prepared.Memory, prepared.Warnings);
        }
        finally
        {
            _network.Release();
        }
    });

    /// <summary>Does work that disposal has to wait for: it uses the threads or the networks.</summary>
    private T Call<T>(Func<T> work)
    {
        lock (_calls)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _running++;
        }

        try
        {
            return work();
        }
        finally
        {
            lock (_calls)
            {
                _running--;
                Monitor.PulseAll(_calls);
            }
        }
    }

    private static Tape Record(SegmentationModel model, SegmenterOptions options) =>
        StuNet.RecordWindow(model.Architecture, model.PatchSize, InferenceRules.Of(model.Manifest).Values, options.Precision.Activations());

    private static PlanReport Measure(SegmentationModel model, Device device, SegmenterOptions options)
    {
        options.Precision.RequireGpu(device, "Computing", "predict in f32");
        using CompiledModel unloaded = new(device, model.Parameters[0]);
        return unloaded.Measure(Record(model, options), options.Plan.For(options.Precision));
    }

    private static List<WindowPredictor> Load(SegmentationModel model, Device device, SegmenterOptions options)
    {
        List<WindowPredictor> folds = [];
        try
        {
            foreach (IParameterSource fold in model.Parameters)
                folds.Add(new NetworkPredictor(device, Record(model, options), fold, options.Plan.For(options.Precision)));
            return folds;
        }
        catch
        {
            folds.ForEach(fold => fold.Dispose());
            throw;
        }
    }
}
