using System.Runtime.CompilerServices;
using System.Threading.Channels;
using STUNet.Imaging;

namespace STUNet.Inference;

/// <summary>Many cases through one segmenter. An error stays with its case; only cancellation ends the stream.</summary>
internal sealed class CaseStream(Segmenter segmenter, IProgress<SegmentationProgress>? progress)
{
    /// <summary>Three stages side by side: read and preprocess, network, write. At most one case waits between two stages, and one for the caller.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="cancellation">Stops all stages.</param>
    public async IAsyncEnumerable<CaseResult> Overlapped(
        IEnumerable<SegmentationCase> cases, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using AccumulatorMemory accumulators = new(segmenter.Device);
        Channel<CaseInFlight> prepared = Channel.CreateBounded<CaseInFlight>(1);
        Channel<CaseInFlight> predicted = Channel.CreateBounded<CaseInFlight>(1);
        Channel<CaseResult> written = Channel.CreateBounded<CaseResult>(1);
        Task stages = Task.WhenAll(
            Task.Run(() => PrepareAll(cases, prepared.Writer, stop.Token), CancellationToken.None),
            Task.Run(() => PredictAll(prepared.Reader, predicted.Writer, accumulators, stop.Token), CancellationToken.None),
            Task.Run(() => WriteAll(predicted.Reader, written.Writer, stop.Token), CancellationToken.None));
        try
        {
            await foreach (CaseResult result in written.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                yield return result;
            await stages.ConfigureAwait(false);
        }
        finally
        {
            // Also reached when the caller stops enumerating: nothing may go on behind its back.
            await stop.CancelAsync().ConfigureAwait(false);
            await stages.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (prepared.Reader.TryRead(out CaseInFlight? left) || predicted.Reader.TryRead(out left))
                left.Dispose();
        }
    }

    /// <summary>One case after another, so that only one is in memory.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="cancellation">Stops.</param>
    public async IAsyncEnumerable<CaseResult> OneByOne(
        IEnumerable<SegmentationCase> cases, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (SegmentationCase next in cases)
            yield return await Task.Run(() => Alone(next, cancellation), cancellation).ConfigureAwait(false);
    }

    private static async Task Guard(ChannelWriter<CaseInFlight> writer, Func<Task> work)
    {
        Exception? failure = null;
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error;
            throw;
        }
        finally
        {
            writer.Complete(failure);
        }
    }

    private Task PrepareAll(IEnumerable<SegmentationCase> cases, ChannelWriter<CaseInFlight> writer, CancellationToken cancellation) =>
        Guard(writer, async () =>
        {
            foreach (SegmentationCase next in cases)
            {
                // Wait for room first: a case that is read before takes memory for nothing.
                await writer.WaitToWriteAsync(cancellation).ConfigureAwait(false);
                CaseInFlight flight = Prepare(next, overlapped: true, cancellation);
                try
                {
                    await writer.WriteAsync(flight, cancellation).ConfigureAwait(false);
                }
                catch
                {
                    flight.Dispose();
                    throw;
                }
            }
        });

    private Task PredictAll(
        ChannelReader<CaseInFlight> reader, ChannelWriter<CaseInFlight> writer, AccumulatorMemory accumulators, CancellationToken cancellation) =>
        Guard(writer, async () =>
        {
            await foreach (CaseInFlight flight in reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                CaseInFlight result = Predict(flight, accumulators, cancellation);
                try
                {
                    await writer.WriteAsync(result, cancellation).ConfigureAwait(false);
                }
                catch
                {
                    result.Dispose();
                    throw;
                }
            }
        });

    private async Task WriteAll(ChannelReader<CaseInFlight> reader, ChannelWriter<CaseResult> writer, CancellationToken cancellation)
    {
        try
        {
            await foreach (CaseInFlight flight in reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                await writer.WriteAsync(Write(flight, cancellation), cancellation).ConfigureAwait(false);
            writer.Complete();
        }
        catch (Exception error)
        {
            writer.Complete(error);
            throw;
        }
    }

    private CaseInFlight Prepare(SegmentationCase next, bool overlapped, CancellationToken cancellation) => Attempt(new CaseInFlight(next), flight =>
    {
        cancellation.ThrowIfCancellationRequested();
        progress?.Report(new SegmentationProgress(next.Name, SegmentationStage.Reading, 0, 1));
        IReadOnlyList<Volume> channels = next.Read();
        flight.Clock.Lap(SegmentationStep.Reading);
        progress?.Report(new SegmentationProgress(next.Name, SegmentationStage.Reading, 1, 1));
        return flight with { Prepared = segmenter.Prepare(next.Name, channels, overlapped, flight.Clock, progress, cancellation) };
    }, cancellation);

    private CaseResult Alone(SegmentationCase next, CancellationToken cancellation)
    {
        CaseInFlight prepared = Prepare(next, overlapped: false, cancellation);
        CaseInFlight predicted;
        using (AccumulatorMemory accumulators = new(segmenter.Device))
            predicted = Predict(prepared, accumulators, cancellation);
        return Write(predicted, cancellation);
    }

    private CaseInFlight Predict(CaseInFlight prepared, AccumulatorMemory accumulators, CancellationToken cancellation) => Attempt(prepared, flight =>
    {
        using PreparedCase input = flight.Prepared!;
        CaseProbabilities? probabilities = flight.Case.Probabilities is { } path ? segmenter.OpenProbabilities(path, input) : null;
        try
        {
            return flight with { Prepared = null, Probabilities = probabilities, Result = segmenter.Predict(input, probabilities, accumulators, progress, cancellation) };
        }
        catch
        {
            probabilities?.Dispose();
            throw;
        }
    }, cancellation);

    private CaseResult Write(CaseInFlight predicted, CancellationToken cancellation)
    {
        using CaseInFlight held = predicted;
        CaseInFlight written = Attempt(predicted, flight =>
        {
            if (flight is { Case.Write: null, Probabilities: null })
                return flight;
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new SegmentationProgress(flight.Case.Name, SegmentationStage.Writing, 0, 1));
            flight.Clock.Resume();
            if (flight.Probabilities is { } probabilities)
                segmenter.WriteProbabilities(probabilities, cancellation);
            flight.Case.Write?.Invoke(flight.Result!);
            flight.Clock.Lap(SegmentationStep.Writing);
            progress?.Report(new SegmentationProgress(flight.Case.Name, SegmentationStage.Writing, 1, 1));
            return flight with { Result = flight.Result! with { Steps = flight.Clock.Times } };
        }, cancellation);
        return new CaseResult(written.Case, written.Error is null ? written.Result : null, written.Error);
    }

    private static CaseInFlight Attempt(CaseInFlight flight, Func<CaseInFlight, CaseInFlight> step, CancellationToken cancellation)
    {
        if (flight.Error is not null)
            return flight;
        try
        {
            return step(flight);
        }
        catch (Exception error) when (error is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            return flight with { Prepared = null, Error = error };
        }
    }

    private sealed record CaseInFlight(SegmentationCase Case) : IDisposable
    {
        public StepClock Clock { get; } = new();

        public PreparedCase? Prepared { get; init; }

        public CaseProbabilities? Probabilities { get; init; }

        public SegmentationResult? Result { get; init; }

        public Exception? Error { get; init; }

        public void Dispose()
        {
            Prepared?.Dispose();
            Probabilities?.Dispose();
        }
    }
}
