using STUNet.Model;

namespace STUNet.Training;

/// <summary>
/// Which checkpoints are written at the end of which epoch. v1: the latest every so many epochs, the final one at the end. v2: the latest likewise but not at the very
/// end, the best whenever the average pseudo Dice is larger than ever, the final one at the end.
/// </summary>
public sealed class CheckpointSchedule
{
    private readonly NnunetVersion _version;
    private readonly int _epochs;
    private readonly int _every;

    /// <summary>Creates the schedule of a run.</summary>
    /// <param name="version">By whose rules.</param>
    /// <param name="epochs">The number of epochs of the whole run.</param>
    /// <param name="every">Epochs from one latest checkpoint to the next.</param>
    /// <param name="best">The best average of a run to go on with; null for a new one. v2 only.</param>
    public CheckpointSchedule(NnunetVersion version, int epochs, int every = 50, double? best = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        (_version, _epochs, _every, Best) = (version, epochs, every, best);
    }

    /// <summary>The file of the latest state, which is deleted when the final one is written.</summary>
    public string LatestFile => _version == NnunetVersion.V1 ? "model_latest.model" : "checkpoint_latest.pth";

    /// <summary>The file of the state with the best average pseudo Dice; v2 only.</summary>
    public string BestFile => "checkpoint_best.pth";

    /// <summary>The file of the state after the last epoch.</summary>
    public string FinalFile => _version == NnunetVersion.V1 ? "model_final_checkpoint.model" : "checkpoint_final.pth";

    /// <summary>The largest average pseudo Dice so far; null before the first epoch and in v1.</summary>
    public double? Best { get; private set; }

    /// <summary>What to write at the end of an epoch, in order. Ask once per epoch, in their order.</summary>
    /// <param name="epoch">The epoch that ends, from 0.</param>
    /// <param name="averageDice">The moving average of the pseudo Dice, this epoch included; not used in v1.</param>
    public IReadOnlyList<CheckpointWrite> AtEndOf(int epoch, double averageDice)
    {
        List<CheckpointWrite> writes = [];
        bool isLast = epoch == _epochs - 1;
        if ((epoch + 1) % _every == 0 && (_version == NnunetVersion.V1 || !isLast))
            Add(LatestFile);
        if (_version == NnunetVersion.V2 && (Best is not { } best || averageDice > best))
        {
            Best = averageDice;
            Add(BestFile);
        }

        if (isLast)
            Add(FinalFile);
        return writes;

        void Add(string file) => writes.Add(new CheckpointWrite(epoch, file, epoch + 1));
    }
}
