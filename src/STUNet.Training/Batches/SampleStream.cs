using System.Runtime.ExceptionServices;
using STUNet.Core;

namespace STUNet.Training;

/// <summary>
/// An endless stream of training or validation batches, prepared ahead by threads of its own. Every sample depends on seed, epoch and index alone, so the
/// batches are the same bits whatever the number of workers. To be read from one thread.
/// </summary>
public sealed class SampleStream : IDisposable
{
    private readonly IReadOnlyList<ITrainingCase> _cases;
    private readonly SampleStreamSettings _settings;
    private readonly Slot[] _ring;
    private readonly Thread[] _threads;
    private readonly object _signal = new();
    private long _nextSample;
    private long _nextBatch;
    private long _released;
    private bool _stopping;

    /// <summary>Starts the workers.</summary>
    /// <param name="cases">The cases; every sample takes one at random.</param>
    /// <param name="settings">What to make of them.</param>
    /// <exception cref="InvalidRequestException">There are no cases, they differ in their channels, or a setting is out of range.</exception>
    public SampleStream(IReadOnlyList<ITrainingCase> cases, SampleStreamSettings settings)
    {
        Check(cases, settings);
        (_cases, _settings) = (cases, settings);
        _nextBatch = _released = settings.FirstBatch;
        _nextSample = _nextBatch * settings.BatchSize;

        // One more than may wait, for the batch the caller works on.
        _ring = [.. Enumerable.Range(0, settings.Prepared + 1).Select(_ =>
            new Slot(new TrainingBatch(settings.BatchSize, cases[0].Channels, settings.Patch, settings.Targets)))];
        _threads = [.. Enumerable.Range(0, settings.Workers).Select(worker => new Thread(Work) { IsBackground = true, Name = $"stunet-sample-{worker}" })];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>The next batch; the one before is overwritten from now on.</summary>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    /// <exception cref="StuNetException">A case could not be read; any other error of a worker arrives as it is, too.</exception>
    public TrainingBatch Next(CancellationToken cancellation = default)
    {
        using CancellationTokenRegistration registration = cancellation.Register(Wake);
        lock (_signal)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (_released < _nextBatch)
            {
                _released = _nextBatch;
                Monitor.PulseAll(_signal);
            }

            Slot slot = SlotOf(_nextBatch);
            while (slot.Number != _nextBatch || slot.Missing > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_signal);
                ObjectDisposedException.ThrowIf(_stopping, this);
            }

            if (slot.Failure is { } failure)
                ExceptionDispatchInfo.Throw(failure);
            _nextBatch++;
            return slot.Batch;
        }
    }

    /// <summary>Stops the workers and waits for the samples they are at.</summary>
    public void Dispose()
    {
        lock (_signal)
        {
            _stopping = true;
            Monitor.PulseAll(_signal);
        }

        foreach (Thread thread in _threads)
            thread.Join();
    }

    private static void Check(IReadOnlyList<ITrainingCase> cases, SampleStreamSettings settings)
    {
        if (cases.Count == 0)
            throw new InvalidRequestException("There is no case to take samples from; check the split and the preprocessed data.");
        if (cases.FirstOrDefault(other => other.Channels != cases[0].Channels) is { } odd)
            throw new InvalidRequestException($"One case has {odd.Channels} channels and another {cases[0].Channels}; all cases of a data set need the same channels.");
        if (settings.MaskedChannels.Count > 0 && settings.MaskedChannels.Count != cases[0].Channels)
            throw new InvalidRequestException($"The plan says of {settings.MaskedChannels.Count} channels whether they are masked, but the cases have {cases[0].Channels}; preprocess the data with this plan.");
        if (settings.Patch != settings.Targets.Patch)
            throw new InvalidRequestException($"The patch is {settings.Patch} but the targets are made for {settings.Targets.Patch}; give both the same size.");
        (string Name, int Value)[] counts =
        [
            ("batch size", settings.BatchSize),
            ("number of batches per epoch", settings.BatchesPerEpoch),
            ("number of workers", settings.Workers),
            ("number of prepared batches", settings.Prepared),
        ];
        foreach ((string name, int value) in counts)
        {
            if (value < 1)
                throw new InvalidRequestException($"The {name} is {value}; it must be at least 1.");
        }

        if (settings.FirstBatch < 0 || settings.FirstBatch > settings.BatchesPerEpoch)
            throw new InvalidRequestException($"The first batch is {settings.FirstBatch}; it must be 0 to {settings.BatchesPerEpoch}.");
    }

    private Slot SlotOf(long batch) => _ring[batch % _ring.Length];

    private void Wake()
    {
        lock (_signal)
            Monitor.PulseAll(_signal);
    }

    private void Work()
    {
        using SampleMaker maker = new(_cases, _settings);
        while (TakeTicket() is { } ticket)
        {
            Exception? failure = null;
            try
            {
                maker.Make(ticket.Slot.Batch, ticket.Sample);
            }
            catch (Exception caught)
            {
                failure = caught;
            }

            lock (_signal)
            {
                ticket.Slot.Failure ??= failure;
                if (--ticket.Slot.Missing == 0)
                    Monitor.PulseAll(_signal);
            }
        }
    }

    /// <summary>The next sample to make, in order; waits while all slots hold batches that were not released. Null when the stream ends.</summary>
    private (Slot Slot, int Sample)? TakeTicket()
    {
        lock (_signal)
        {
            while (!_stopping && _nextSample / _settings.BatchSize >= _released + _ring.Length)
                Monitor.Wait(_signal);
            if (_stopping)
                return null;
            (long batch, long sample) = Math.DivRem(_nextSample++, _settings.BatchSize);
            Slot slot = SlotOf(batch);
            if (sample == 0)
            {
                (slot.Number, slot.Missing, slot.Failure) = (batch, _settings.BatchSize, null);
                slot.Batch.Epoch = checked((int)(_settings.FirstEpoch + batch / _settings.BatchesPerEpoch));
                slot.Batch.Index = (int)(batch % _settings.BatchesPerEpoch);
            }

            return (slot, (int)sample);
        }
    }

    /// <summary>A place of the ring: a batch's memory, the number of the batch in it, and how many of its samples are missing.</summary>
    private sealed class Slot(TrainingBatch batch)
    {
        public TrainingBatch Batch { get; } = batch;

        public long Number { get; set; } = -1;

        public int Missing { get; set; }

        public Exception? Failure { get; set; }
    }
}
