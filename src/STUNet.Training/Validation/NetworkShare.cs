using STUNet.Inference;

namespace STUNet.Training;

/// <summary>Adds up the network's progress over the cases, one of which it works on at a time.</summary>
/// <param name="progress">Told the cases done; may be null.</param>
/// <param name="done">Cases that were there before.</param>
/// <param name="total">All cases.</param>
internal sealed class NetworkShare(IProgress<ValidationProgress>? progress, int done, int total) : IProgress<SegmentationProgress>
{
    private int _done = done;

    public void Report(SegmentationProgress value)
    {
        if (value.Stage != SegmentationStage.Network)
            return;
        bool isFinished = value.Done == value.Total;
        progress?.Report(new ValidationProgress("final validation: predicting", _done + ((double)value.Done / value.Total), total));
        if (isFinished)
            _done++;
    }
}
