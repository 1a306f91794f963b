using System.Diagnostics;
using System.Globalization;
using STUNet.Core;
using STUNet.Engine;
using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// Trains one fold by the epochs of nnU-Net v1 or v2. A training that is resumed from any of its checkpoints gives the same bits as one that was never interrupted,
/// on the same kind of device. Not thread-safe.
/// </summary>
public sealed class Trainer : IDisposable
{
    private const int RestartEpoch = 100;
    private const float RestartMomentum = 0.95f;
    private const long RestartSeed = 100;

    // Any number: samples of training and validation must not share their draws.
    private const ulong ValidationSeed = 0x56414C4944415445;

    private readonly TrainerSettings _settings;
    private readonly Device _device;
    private readonly TrainingFolder _folder;
    private readonly ITrainingCase[] _trainingCases;
    private readonly ITrainingCase[] _validationCases;
    private readonly CasesHash _casesHash;
    private readonly EpochLog _log;
    private readonly WorkerPool _pool;
    private readonly bool _ownsPool;
    private readonly CheckpointSchedule _schedule;
    private readonly byte[] _predicted;
    private TrainingNetwork _network;
    private TrainingState _state;
    private bool _isSaved;

    /// <summary>Opens the cases of a fold and begins a training, or goes on with the furthest checkpoint of its folder.</summary>
    /// <param name="settings">What to do.</param>
    /// <param name="device">Where; must outlive the trainer.</param>
    /// <param name="initial">The weights of a new training; not read when one goes on.</param>
    /// <param name="cases">The preprocessed cases; must outlive the trainer.</param>
    /// <param name="split">Which of them are for what.</param>
    /// <param name="folder">Where checkpoints and log are; must outlive the trainer.</param>
    /// <param name="origin">What <paramref name="initial"/> is, which checkpoints keep; null where that is not known.</param>
    /// <exception cref="InvalidRequestException">A setting is out of range, or a case of the split is not there.</exception>
    /// <exception cref="InsufficientResourcesException">The device has not the memory of a step or of validation.</exception>
    /// <exception cref="InvalidFileException">The checkpoint is damaged, or of a training with other settings or cases.</exception>
    public Trainer(TrainerSettings settings, Device device, IParameterSource initial, ITrainingCases cases, DataSplit split, TrainingFolder folder, InitialWeights? origin = null)
    {
        settings.Check();
        (_settings, _device, _folder) = (settings, device, folder);
        string[] training = [.. split.Train.Order(CodePointOrder.Instance)];
        string[] validation = [.. split.Validation.Order(CodePointOrder.Instance)];
        RequireKnown(cases, training.Concat(validation));
        _casesHash = split.HashFor(cases);
        using TrainingCheckpoint? checkpoint = folder.OpenFurthest();
        checkpoint?.RequireSame(settings.Describe(), _casesHash);
        checkpoint?.RequireTensorsOf(settings.Step.Network);
        _trainingCases = [.. training.Select(cases.Open)];
        _validationCases = [.. validation.Select(cases.Open)];
        _state = checkpoint?.State ?? new TrainingState
        {
            Momentum = (settings.Step.Optimiser as Sgd)?.Momentum ?? 0,
            LossScale = settings.Step.ScalesLoss ? new LossScale() : null,
            Initial = origin,
        };
        _isSaved = checkpoint is not null;
        _schedule = new CheckpointSchedule(settings.Version, settings.Epochs, settings.SaveInterval, _state.Best);
        _network = Open((IParameterSource?)checkpoint ?? new FreshParameters(initial));
        try
        {
            // After the weights are read, which may be damaged: a training that never began leaves no log.
            _log = EpochLog.Open(folder.LogPath, _state.Epoch);
        }
        catch
        {
            _network.Dispose();
            throw;
        }

        _predicted = new byte[_network.PredictionCount];
        _ownsPool = device is not CpuDevice;
        _pool = device is CpuDevice cpu ? cpu.Workers : new WorkerPool(settings.Workers);
    }

    /// <summary>Epochs that are done.</summary>
    public int Epoch => _state.Epoch;

    /// <summary>Steps of the present epoch that are done.</summary>
    public int Iteration => _state.Iteration;

    /// <summary>Whether all epochs are done.</summary>
    public bool IsFinished => Epoch >= _settings.Epochs;

    /// <summary>The epochs so far, those of earlier processes included as far as the log has them.</summary>
    public IReadOnlyList<EpochRecord> History => _log.Records;

    /// <summary>What the training began with, in this process or an earlier one; null where that is not known.</summary>
    public InitialWeights? InitialWeights => _state.Initial;

    /// <summary>The network in training.</summary>
    public TrainingNetwork Network => _network;

    /// <summary>
    /// Trains to the end. When it returns, <see cref="TrainingFolder.FinalFile"/> is there. On cancellation the state of the moment is written to
    /// <see cref="TrainingFolder.LatestFile"/>, and the training can be resumed from within the epoch.
    /// </summary>
    /// <param name="progress">Told every batch and every epoch; may be null.</param>
    /// <param name="cancellation">Ends the training.</param>
    /// <exception cref="TrainingFailedException">The loss is no number, or a checkpoint cannot be written; the checkpoint before is kept.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Run(IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (!IsFinished)
        {
            using SampleStream training = new(_trainingCases, StreamOf(isTraining: true));
            using SampleStream validation = new(_validationCases, StreamOf(isTraining: false));
            try
            {
                while (!IsFinished)
                    RunEpoch(training, validation, progress, cancellation);
            }
            catch (OperationCanceledException)
            {
                if (!_isSaved)
                    Save(TrainingFolder.LatestFile);
                throw;
            }
        }

        // A process that died between the last epoch's checkpoints left the same state under another name.
        if (!File.Exists(_folder[TrainingFolder.FinalFile]))
            Save(TrainingFolder.FinalFile);
        // The final checkpoint takes its place.
        File.Delete(_folder[TrainingFolder.LatestFile]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        if (_ownsPool)
            _pool.Dispose();
    }

    private static void RequireKnown(ITrainingCases cases, IEnumerable<string> identifiers)
    {
        HashSet<string> known = [.. cases.Identifiers];
        if (identifiers.FirstOrDefault(identifier => !known.Contains(identifier)) is { } unknown)
            throw new InvalidRequestException($"The split names the case {unknown}, which is not among the preprocessed cases; preprocess it, or correct the split.");
    }

    // The checkpoint is closed after construction, so a parameter that no step changes, and that may be read for the first time when it is saved, is read now.
    private TrainingNetwork Open(IParameterSource source)
    {
        Optimiser optimiser = _settings.Step.Optimiser is Sgd sgd ? sgd with { Momentum = _state.Momentum } : _settings.Step.Optimiser;
        TrainingNetwork network = new(_settings.Step with { Optimiser = optimiser }, _device, source, new PlanOptions { Recompute = _settings.Recompute });
        try
        {
            HashSet<string> variables = [.. network.Variables];
            foreach (string still in variables.Where(variable => !OptimiserBuffer.Is(variable) && !variables.Contains(OptimiserBuffer.Momentum(variable))))
                network.Read(still, new float[network.CountOf(still)]);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private SampleStreamSettings StreamOf(bool isTraining) => new()
    {
        Version = _settings.Version,
        Patch = _settings.Step.Patch,
        BatchSize = _settings.Step.BatchSize,
        BatchesPerEpoch = isTraining ? _settings.IterationsPerEpoch : _settings.ValidationIterations,
        Targets = _settings.Targets,
        IsAugmented = isTraining,
        MirrorAxes = _settings.MirrorAxes,
        InPlane = _settings.InPlane,
        MaskedChannels = _settings.MaskedChannels,
        AnnotatedEntry = _settings.AnnotatedEntry,
        ForegroundShare = _settings.ForegroundShare,
        Seed = isTraining ? _settings.Seed : _settings.Seed ^ ValidationSeed,
        FirstEpoch = _state.Epoch,
        FirstBatch = isTraining ? _state.Iteration : 0,
        Workers = _settings.Workers,
        Prepared = _settings.Prepared,
    };

    private void RunEpoch(SampleStream training, SampleStream validation, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        EpochClock clock = new();
        int epoch = _state.Epoch;
        double rate = _settings.LearningRate.At(epoch);
        Train(training, (float)rate, clock, progress, cancellation);
        long validationStart = Stopwatch.GetTimestamp();
        (double loss, OnlineEvaluation scores) = Validate(validation, clock, progress, cancellation);
        EpochTimes times = new(
            Stopwatch.GetElapsedTime(start).TotalSeconds, clock.Network.TotalSeconds, clock.Waiting.TotalSeconds, Stopwatch.GetElapsedTime(validationStart).TotalSeconds);
        EpochRecord record = Finish(rate, loss, scores, times);
        progress?.Report(new TrainingProgress(epoch, _settings.Epochs, BatchesOfEpoch, BatchesOfEpoch, record));
    }

    private int BatchesOfEpoch => _settings.IterationsPerEpoch + _settings.ValidationIterations;

    private void Train(SampleStream stream, float rate, EpochClock clock, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        while (_state.Iteration < _settings.IterationsPerEpoch)
        {
            cancellation.ThrowIfCancellationRequested();
            TrainingBatch batch = clock.Wait(() => stream.Next(cancellation));
            LossScale? scale = _state.LossScale;
            int number = checked((_state.Epoch * _settings.IterationsPerEpoch) + _state.Iteration + 1 - (scale?.SkippedSteps ?? 0));
            TrainingStepResult result = clock.Run(() => _network.Step(batch.Image.Span, batch.Target, rate, number, scale?.Factor ?? 1));
            // Where the loss is scaled, gradients beyond binary16 are no failure: the step was left out, and the next is scaled less.
            if (scale is null || scale.Factor <= LossScale.Least || !float.IsFinite(result.Loss))
                RequireFinite(result, $"iteration {_state.Iteration}");
            _state = _state with { Iteration = _state.Iteration + 1, LossSum = _state.LossSum + result.Loss, LossScale = scale?.After(float.IsFinite(result.GradientNorm)) };
            _isSaved = false;
            progress?.Report(new TrainingProgress(_state.Epoch, _settings.Epochs, _state.Iteration, BatchesOfEpoch));
        }
    }

    private (double Loss, OnlineEvaluation Scores) Validate(SampleStream stream, EpochClock clock, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        OnlineEvaluation scores = new(_settings.ScoredClasses);
        double sum = 0;
        for (int i = 0; i < _settings.ValidationIterations; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            TrainingBatch batch = stream.Next(cancellation);
            TrainingStepResult result = clock.Run(() => _network.Validate(batch.Image.Span, batch.Target, _predicted));
            RequireFinite(result, $"validation batch {i}");
            sum += result.Loss;
            scores.Add(Count(batch));
            progress?.Report(new TrainingProgress(_state.Epoch, _settings.Epochs, _settings.IterationsPerEpoch + i + 1, BatchesOfEpoch));
        }

        return (sum / _settings.ValidationIterations, scores);
    }

    private ClassCounts[] Count(TrainingBatch batch)
    {
        TrainingStepSettings step = _settings.Step;
        return step.Loss.HasRegions
            ? BatchCounts.OfRegions(_predicted, batch.Target(0), step.BatchSize, step.Network.Classes, _pool, step.Loss.IgnoreLabel is not null)
            : BatchCounts.OfClasses(_predicted, batch.Target(0), step.Network.Classes, _pool, step.Loss.IgnoreLabel);
    }

    /// <summary>Ends an epoch: averages, log line, checkpoints. The line comes before the checkpoints, so that a resumed log lacks none and loses those it must do again.</summary>
    private EpochRecord Finish(double rate, double validationLoss, OnlineEvaluation scores, EpochTimes times)
    {
        int epoch = _state.Epoch;
        double loss = _state.LossSum / _settings.IterationsPerEpoch;
        double dice = scores.MeanDice;
        bool isVersion1 = _settings.Version == NnunetVersion.V1;
        MovingAverage average = isVersion1 ? MovingAverage.OfMetricV1(_state.AverageDice) : MovingAverage.OfPseudoDiceV2(_state.AverageDice);
        EpochRecord record = new(epoch, rate, loss, validationLoss, scores.DicePerClass, dice, average.Add(dice), times);
        IReadOnlyList<CheckpointWrite> writes = _schedule.AtEndOf(epoch, record.AverageDice);
        _state = _state with
        {
            Epoch = epoch + 1,
            Iteration = 0,
            LossSum = 0,
            AverageLoss = isVersion1 ? MovingAverage.OfTrainingLossV1(_state.AverageLoss).Add(loss) : null,
            AverageDice = record.AverageDice,
            Best = _schedule.Best,
        };
        _isSaved = false;
        if (isVersion1 && epoch == RestartEpoch && dice == 0)
            Restart();
        Guarded(_folder.LogPath, () => _log.Append(record));
        foreach (CheckpointWrite write in writes)
            Save(write.File == _schedule.FinalFile ? TrainingFolder.FinalFile : write.File == _schedule.LatestFile ? TrainingFolder.LatestFile : TrainingFolder.BestFile);
        return record;
    }

    // v1's remedy for a network that learnt nothing.
    private void Restart()
    {
        InitialParameters redrawn = new(_settings.Step.Network, InitialisationScheme.V1, unchecked((long)_settings.Seed) + RestartSeed);
        RestartedParameters parameters = new(_network, redrawn);
        _state = _state with { Momentum = RestartMomentum };
        _network.Dispose();
        _network = Open(parameters);
    }

    private void Save(string file)
    {
        string path = _folder[file];
        Guarded(path, () => TrainingCheckpoint.Write(path, _network, _state, _settings.Describe(), _casesHash));
        _isSaved = true;
    }

    private static void Guarded(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new TrainingFailedException($"{path} could not be written ({failure.Message.TrimEnd('.')}); the checkpoints before are kept: make room and go on with --c.", failure);
        }
    }

    private void RequireFinite(TrainingStepResult result, string where)
    {
        if (result.IsFinite)
            return;
        throw new TrainingFailedException(string.Create(
            CultureInfo.InvariantCulture,
            $"Epoch {_state.Epoch}, {where}: loss {result.Loss}, gradient norm {result.GradientNorm}; training stopped and the checkpoints in {_folder.Path} are as before: check the images for NaN, or lower the learning rate{(_settings.Step.Precision == Precision.F16 ? ", or train in bf16, which holds larger values" : "")}."));
    }

    /// <summary>Adds up where the time of an epoch goes.</summary>
    private sealed class EpochClock
    {
        public TimeSpan Network { get; private set; }

        public TimeSpan Waiting { get; private set; }

        public T Run<T>(Func<T> work)
        {
            long start = Stopwatch.GetTimestamp();
            T result = work();
            Network += Stopwatch.GetElapsedTime(start);
            return result;
        }

        public T Wait<T>(Func<T> work)
        {
            long start = Stopwatch.GetTimestamp();
            T result = work();
            Waiting += Stopwatch.GetElapsedTime(start);
            return result;
        }
    }
}
